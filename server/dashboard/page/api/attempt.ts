/**
 * One claim, however often it is sent: the same wish keeps its Idempotency-Key until an answer decides it, so that a retry after
 * a lost answer finds the first claim in place of making a second.
 *
 * States of a key: none -> in use (a wish is sent) -> none (it was decided), or another one when the wish changes.
 */
import { type Answer, type Problem, unreachable } from './problem.ts'

export interface Attempts<T> {
  /** Sends the wish until it is decided, three times at most. */
  send(wish: string): Promise<Answer<T>>
}

export interface AttemptParts<T> {
  readonly post: (wish: string, key: string) => Promise<Answer<T>>
  readonly newKey: () => string
  readonly pause: (ms: number) => Promise<void>
}

const triesMax = 3
const pauseMsMax = 5000

/** These leave open what became of the claim, or say that nothing did: the same request again finds out. */
const undecided = [
  'unreachable',
  'unavailable',
  'outcome_unknown',
  'in_progress',
  'lock_busy',
  'internal_error',
]

export function createAttempts<T>({ post, newKey, pause }: AttemptParts<T>): Attempts<T> {
  let current: { readonly wish: string; readonly key: string } | null = null

  return {
    async send(wish) {
      if (current === null || current.wish !== wish) current = { wish, key: newKey() }
      const { key } = current
      let problem: Problem = unreachable
      for (let tried = 1; tried <= triesMax; tried += 1) {
        const answer = await post(wish, key)
        if (answer.isOk || !undecided.includes(answer.problem.name)) {
          if (current?.key === key) current = null
          return answer
        }
        problem = answer.problem
        if (tried < triesMax) await pause(Math.min(problem.retryAfterMs ?? 500 * tried, pauseMsMax))
      }
      return { isOk: false, problem }
    },
  }
}

/** 128 random bits. Not `crypto.randomUUID`, which a page that came over plain HTTP from another host does not have. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
