import { build, type Histogram } from 'hdr-histogram-js'
import { type OutcomeName, outcomeNames } from './outcomes.ts'
import { outcomeOf, type Records } from './records.ts'

/** Milliseconds with three decimals. Percentiles are within 0.1 % (three significant digits). */
export interface LatencySummary {
  readonly min: number
  readonly mean: number
  readonly p50: number
  readonly p90: number
  readonly p95: number
  readonly p99: number
  readonly p99_9: number
  readonly max: number
}

/** `null` where no request ended so. */
export type LatencyByOutcome = Readonly<Record<'all' | OutcomeName, LatencySummary | null>>

export interface LiveFigures {
  readonly done: number
  readonly claimed: number
  readonly requestsPerS: number
  /** Milliseconds; null before the first answer. */
  readonly p50: number | null
  readonly p99: number | null
}

/** How often each outcome came about. */
export function countOutcomes(records: Records): Record<OutcomeName, number> {
  const counts = { claimed: 0, sold_out: 0, already_claimed: 0, busy: 0, error: 0 }
  for (let request = 0; request < records.total; request++) {
    const outcome = outcomeOf(records, request)
    if (outcome !== null) counts[outcome]++
  }
  return counts
}

/** From the barrier to the last answer. */
export function durationMsOf(records: Records): number {
  const last = records.finishOrder[records.finished - 1]
  if (last === undefined || records.finished === 0) return 0
  return (records.sentMs[last] ?? 0) + (records.latenciesUs[last] ?? 0) / 1000
}

export function summariseLatency(records: Records): LatencyByOutcome {
  const series = { all: createSeries() } as Record<'all' | OutcomeName, Series>
  for (const name of outcomeNames) series[name] = createSeries()
  for (let request = 0; request < records.total; request++) {
    const outcome = outcomeOf(records, request)
    if (outcome === null) continue
    const latencyUs = records.latenciesUs[request] ?? 0
    series.all.add(latencyUs)
    series[outcome].add(latencyUs)
  }
  const summaries = Object.entries(series).map(([name, one]) => [name, one.summary()])
  return Object.fromEntries(summaries) as LatencyByOutcome
}

/**
 * Figures for the progress display. It reads what has come in since the last look, so that the requests
 * themselves pay nothing for it.
 */
export function createLiveStats(records: Records): { look(elapsedMs: number): LiveFigures } {
  const histogram = createHistogram()
  let seen = 0
  let claimed = 0

  function catchUp(): void {
    for (; seen < records.finished; seen++) {
      const request = records.finishOrder[seen] ?? 0
      histogram.recordValue(records.latenciesUs[request] ?? 0)
      if (outcomeOf(records, request) === 'claimed') claimed++
    }
  }

  return {
    look: (elapsedMs) => {
      catchUp()
      const percentile = (share: number) => (seen === 0 ? null : inMs(histogram.getValueAtPercentile(share)))
      const requestsPerS = elapsedMs > 0 ? (seen / elapsedMs) * 1000 : 0
      return { done: seen, claimed, requestsPerS, p50: percentile(50), p99: percentile(99) }
    },
  }
}

interface Series {
  add(latencyUs: number): void
  summary(): LatencySummary | null
}

/** Minimum, mean and maximum are exact; only the percentiles come from the histogram's buckets. */
function createSeries(): Series {
  const histogram = createHistogram()
  let [count, sumUs, minUs, maxUs] = [0, 0, Number.POSITIVE_INFINITY, 0]
  const percentile = (share: number) => inMs(Math.min(maxUs, histogram.getValueAtPercentile(share)))

  return {
    add: (latencyUs) => {
      histogram.recordValue(latencyUs)
      count++
      sumUs += latencyUs
      minUs = Math.min(minUs, latencyUs)
      maxUs = Math.max(maxUs, latencyUs)
    },
    summary: () => {
      if (count === 0) return null
      return {
        min: inMs(minUs),
        mean: inMs(sumUs / count),
        p50: percentile(50),
        p90: percentile(90),
        p95: percentile(95),
        p99: percentile(99),
        p99_9: percentile(99.9),
        max: inMs(maxUs),
      }
    },
  }
}

/** One microsecond to 71 minutes, the most that a record holds. */
function createHistogram(): Histogram {
  return build({ highestTrackableValue: 4_294_967_295, numberOfSignificantValueDigits: 3 })
}

function inMs(microseconds: number): number {
  return Math.round(microseconds) / 1000
}
