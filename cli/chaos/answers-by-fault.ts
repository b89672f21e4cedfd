import type { FaultWindow } from './fault.ts'
import type { Attempt, History } from './history.ts'

/** How often each answer was given: `claimed`, `unavailable` …; or why there was none. */
export type AnswerCounts = Readonly<Record<string, number>>

/**
 * For each window what those attempts came to that were under way between `injectedMs` and `healedMs` at one of its
 * servers. Without an answer they count as `connection_failed`, `answer_lost` (the request was sent) or `timeout`.
 */
export function answersByFault({ operations }: History, windows: readonly FaultWindow[]): AnswerCounts[] {
  const counts = windows.map((): Record<string, number> => ({}))
  const attempts = operations
    .flatMap((operation) => operation.attempts)
    .sort((one, other) => one.askedMs - other.askedMs)
  const longestMs = attempts.reduce((most, each) => Math.max(most, endOf(each) - each.askedMs), 0)
  windows.forEach(({ servers, injectedMs, healedMs }, n) => {
    const tally = counts[n] ?? {}
    for (let at = firstAskedFrom(attempts, injectedMs - longestMs); at < attempts.length; at++) {
      const attempt = attempts[at]
      if (attempt === undefined || attempt.askedMs > healedMs) break
      if (endOf(attempt) < injectedMs || !servers.includes(attempt.server)) continue
      const kind = kindOf(attempt)
      tally[kind] = (tally[kind] ?? 0) + 1
    }
  })
  return counts
}

function endOf({ endedMs, askedMs }: Attempt): number {
  return endedMs ?? askedMs
}

/** What an attempt came to, in a word. */
export function kindOf({ answer, failure, sentMs, endedMs }: Attempt): string {
  if (answer !== null) return answer.told
  if (endedMs === null) return 'under_way'
  if (failure === 'timeout') return 'timeout'
  return sentMs === null ? 'connection_failed' : 'answer_lost'
}

function firstAskedFrom(attempts: readonly Attempt[], ms: number): number {
  let [low, high] = [0, attempts.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((attempts[middle]?.askedMs ?? 0) < ms) low = middle + 1
    else high = middle
  }
  return low
}
