import type { OutcomeName } from '../outcomes.ts'
import { outcomeOf, type Records } from '../records.ts'

/** An outcome whose latency says something. A client that left before the answer has measured only its own haste. */
export type MeasuredOutcome = Exclude<OutcomeName, 'abandoned'>

/** Null for a request without an end, and for one that was abandoned. */
export function measuredOutcomeOf(records: Records, line: number): MeasuredOutcome | null {
  const outcome = outcomeOf(records, line)
  return outcome === 'abandoned' ? null : outcome
}

/** Microseconds as milliseconds with three decimals. */
export function inMs(microseconds: number): number {
  return Math.round(microseconds) / 1000
}

/** The value that so many percent of the sorted values do not exceed: the nearest rank, exact. */
export function percentileOf(sorted: Uint32Array, percentile: number): number {
  // Rounded first, since 99.9 / 100 * 1000 is 999.0000000000001.
  const rank = Math.ceil(Number(((percentile / 100) * sorted.length).toFixed(6)))
  return sorted[Math.max(0, Math.min(sorted.length, rank) - 1)] ?? 0
}
