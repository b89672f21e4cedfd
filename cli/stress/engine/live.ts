import { build, type Histogram } from 'hdr-histogram-js'
import { type OutcomeName, outcomeNames } from '../outcomes.ts'
import { latencyUsOf, lineState, type Records } from '../records.ts'

/** How a run goes. */
export interface LiveFigures {
  /** Requests that need no more: ended, dropped or skipped. */
  readonly done: number
  readonly outcomes: Readonly<Record<OutcomeName, number>>
  /** Claims told and not given back. */
  readonly claimedLive: number
  /** Ended over the last second. */
  readonly requestsPerS: number
  /** Milliseconds, of what has ended in the last second or so; null when nothing has. */
  readonly p50: number | null
  readonly p99: number | null
}

export interface LiveStats {
  /** How it goes that many milliseconds after the start. */
  look(elapsedMs: number): LiveFigures
}

const windowMs = 1000

/**
 * Figures for a display while a load runs. They are read from the books, so that the requests pay nothing for them; a
 * look goes through the lines that were open at the last one and those that were begun since.
 */
export function createLiveStats(records: Records): LiveStats {
  const outcomes = Object.fromEntries(outcomeNames.map((name) => [name, 0])) as Record<OutcomeName, number>
  const recent = createRecent()
  let done = 0

  const nextFinals = createFinals(records)
  function count(line: number, state: number): void {
    done++
    const outcome = outcomeNames[state - lineState.firstOutcome]
    if (outcome === undefined) return
    outcomes[outcome]++
    recent.add(latencyUsOf(records, line))
  }

  return {
    look: (elapsedMs) => {
      recent.begin(elapsedMs)
      nextFinals(count)
      const claimedLive = outcomes.claimed - outcomes.released
      return { done, outcomes: { ...outcomes }, claimedLive, ...recent.figures(elapsedMs) }
    },
  }
}

/** Further ahead than this no thread has begun a line when all up to there are untouched: lines are dealt out in turns. */
const aheadMax = 1024

/** Goes through the lines that have become final since it was last asked. */
function createFinals(records: Records): (count: (line: number, state: number) => void) => void {
  let open: number[] = []
  /** All lines before it are counted, or open. */
  let next = 0

  function isBegun(first: number): boolean {
    const end = Math.min(records.total, first + aheadMax)
    for (let line = first; line < end; line++) if (records.states[line] !== lineState.planned) return true
    return false
  }

  return (count) => {
    const look = (line: number) => {
      const state = Atomics.load(records.states, line)
      const isFinal = state > lineState.sent
      if (isFinal) count(line, state)
      return !isFinal
    }
    open = open.filter(look)
    while (next < records.total && isBegun(next)) {
      const end = Math.min(records.total, next + aheadMax)
      for (; next < end; next++) if (look(next)) open.push(next)
    }
  }
}

/** What has ended in the last half to whole second: two histograms that take turns, each emptied when its turn comes. */
function createRecent() {
  let [newer, older] = [createHistogram(), createHistogram()]
  const both = createHistogram()
  let sinceMs = 0
  let ended = 0
  const marks: { ms: number; ended: number }[] = [{ ms: 0, ended: 0 }]

  function percentiles(): Pick<LiveFigures, 'p50' | 'p99'> {
    both.reset()
    both.add(newer)
    both.add(older)
    if (both.totalCount === 0) return { p50: null, p99: null }
    const percentile = (share: number) => Math.round(both.getValueAtPercentile(share)) / 1000
    return { p50: percentile(50), p99: percentile(99) }
  }

  return {
    begin: (elapsedMs: number) => {
      if (elapsedMs - sinceMs < windowMs / 2) return
      ;[newer, older] = [older, newer]
      newer.reset()
      // After a pause what is older is of no interest either.
      if (elapsedMs - sinceMs > windowMs) older.reset()
      sinceMs = elapsedMs
    },
    add: (latencyUs: number) => {
      ended++
      newer.recordValue(latencyUs)
    },
    figures: (elapsedMs: number) => {
      // The first is the last one that is a second old, if any is.
      while ((marks[1]?.ms ?? Number.POSITIVE_INFINITY) <= elapsedMs - windowMs) marks.shift()
      const first = marks[0] ?? { ms: 0, ended: 0 }
      marks.push({ ms: elapsedMs, ended })
      const requestsPerS = elapsedMs > first.ms ? ((ended - first.ended) / (elapsedMs - first.ms)) * 1000 : 0
      return { requestsPerS, ...percentiles() }
    },
  }
}

/** One microsecond to 71 minutes, the most that a record holds; two digits are more than a display shows. */
function createHistogram(): Histogram {
  return build({ highestTrackableValue: 4_294_967_295, numberOfSignificantValueDigits: 2 })
}
