import { build, type Histogram } from 'hdr-histogram-js'
import { type OutcomeName, outcomeNames } from '../outcomes.ts'
import { flag, latencyUsOf, lineState, outcomeOf, type Records, serviceUsOf, wasLate } from '../records.ts'
import type { LatencyByOutcome, LatencySummary, RequestCounts } from '../report/document.ts'
import { inMs, measuredOutcomeOf } from './measured.ts'

export { histogramsOf } from './histograms.ts'
export { timelineOf } from './timeline.ts'

/** How often each outcome came about. */
export function countOutcomes(records: Records): Record<OutcomeName, number> {
  const counts = Object.fromEntries(outcomeNames.map((name) => [name, 0])) as Record<OutcomeName, number>
  for (let line = 0; line < records.total; line++) {
    const outcome = outcomeOf(records, line)
    if (outcome !== null) counts[outcome]++
  }
  return counts
}

/** What became of the planned requests. Only an open model can be late: in a closed one there is no moment to keep. */
export function countRequests(records: Records, isOpen: boolean): RequestCounts {
  const counts = {
    planned: records.total,
    sent: 0,
    finished: 0,
    late: 0,
    dropped: 0,
    skipped: 0,
    duplicates: 0,
  }
  for (let line = 0; line < records.total; line++) {
    const state = records.states[line] ?? lineState.planned
    if (state === lineState.dropped) counts.dropped++
    if (state === lineState.skipped) counts.skipped++
    if (state !== lineState.sent && state < lineState.firstOutcome) continue
    counts.sent++
    if (state >= lineState.firstOutcome) counts.finished++
    if (((records.flags[line] ?? 0) & flag.isDuplicate) !== 0) counts.duplicates++
    if (isOpen && wasLate(records, line)) counts.late++
  }
  return counts
}

/** From the start of the run to the last answer. */
export function durationMsOf(records: Records): number {
  let lastUs = 0
  for (let line = 0; line < records.total; line++) {
    const state = records.states[line] ?? lineState.planned
    if (state >= lineState.firstOutcome) lastUs = Math.max(lastUs, records.endedUs[line] ?? 0)
  }
  return lastUs / 1000
}

/** From the intended moment to the answer, in milliseconds; what was never answered is not in it. */
export function summariseLatency(records: Records): LatencyByOutcome {
  return summarise(records, latencyUsOf)
}

/** From the write to the answer, in milliseconds. */
export function summariseService(records: Records): LatencyByOutcome {
  return summarise(records, serviceUsOf)
}

function summarise(records: Records, microsecondsOf: typeof latencyUsOf): LatencyByOutcome {
  const series = Object.fromEntries(outcomeNames.map((name) => [name, createSeries()])) as SeriesByOutcome
  for (let line = 0; line < records.total; line++) {
    const outcome = measuredOutcomeOf(records, line)
    if (outcome !== null) series[outcome].add(microsecondsOf(records, line))
  }
  const all = createSeries()
  for (const name of outcomeNames) all.merge(series[name])
  const summaries = outcomeNames.map((name) => [name, series[name].summary()])
  return { all: all.summary(), ...Object.fromEntries(summaries) }
}

type SeriesByOutcome = Record<OutcomeName, Series>

interface Series {
  readonly histogram: Histogram
  add(microseconds: number): void
  merge(other: Series): void
  /** Null without a value. */
  summary(): LatencySummary | null
  extremes(): { readonly sumUs: number; readonly minUs: number; readonly maxUs: number }
}

/**
 * Minimum, mean and maximum are exact; only the percentiles come from the histogram's buckets, within a thousandth.
 */
function createSeries(): Series {
  const histogram = createHistogram()
  let [sumUs, minUs, maxUs] = [0, Number.POSITIVE_INFINITY, 0]
  const percentile = (share: number) => inMs(Math.min(maxUs, histogram.getValueAtPercentile(share)))

  return {
    histogram,
    add: (microseconds) => {
      histogram.recordValue(microseconds)
      sumUs += microseconds
      if (microseconds < minUs) minUs = microseconds
      if (microseconds > maxUs) maxUs = microseconds
    },
    merge: (other) => {
      const extremes = other.extremes()
      histogram.add(other.histogram)
      sumUs += extremes.sumUs
      minUs = Math.min(minUs, extremes.minUs)
      maxUs = Math.max(maxUs, extremes.maxUs)
    },
    extremes: () => ({ sumUs, minUs, maxUs }),
    summary: () => {
      if (histogram.totalCount === 0) return null
      return {
        min: inMs(minUs),
        mean: inMs(sumUs / histogram.totalCount),
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
