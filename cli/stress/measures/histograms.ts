import { outcomeNames } from '../outcomes.ts'
import { latencyUsOf, type Records } from '../records.ts'
import type { OutcomeHistogram } from '../report/document.ts'
import { inMs, type MeasuredOutcome, measuredOutcomeOf, percentileOf } from './measured.ts'

/** Of all requests first, then of each outcome that came up; all over the same bounds, so that they can be stacked. */
export function histogramsOf(records: Records): OutcomeHistogram[] {
  const byOutcome = latenciesByOutcome(records)
  const all = merged([...byOutcome.values()])
  if (all.length === 0) return []
  const boundsUs = boundsUsFor(all[0] ?? 0, all.at(-1) ?? 0)
  const histogram = (outcome: OutcomeHistogram['outcome'], sorted: Uint32Array): OutcomeHistogram => ({
    outcome,
    bounds_ms: boundsUs.map(inMs),
    counts: countsBetween(sorted, boundsUs),
    percentiles: percentileCurve(sorted),
  })
  return [histogram('all', all), ...[...byOutcome].map(([name, sorted]) => histogram(name, sorted))]
}

/** Sorted; in the order of the outcomes' names, without those that did not come up. */
function latenciesByOutcome(records: Records): Map<MeasuredOutcome, Uint32Array> {
  const counts = new Map<MeasuredOutcome, number>()
  for (let line = 0; line < records.total; line++) {
    const outcome = measuredOutcomeOf(records, line)
    if (outcome !== null) counts.set(outcome, (counts.get(outcome) ?? 0) + 1)
  }
  const names = outcomeNames.filter((name) => name !== 'abandoned').filter((name) => counts.has(name))
  const columns = new Map(names.map((name) => [name, new Uint32Array(counts.get(name) ?? 0)]))
  const filled = new Map(names.map((name) => [name, 0]))
  for (let line = 0; line < records.total; line++) {
    const outcome = measuredOutcomeOf(records, line)
    const column = outcome === null ? undefined : columns.get(outcome)
    if (outcome === null || column === undefined) continue
    const at = filled.get(outcome) ?? 0
    column[at] = latencyUsOf(records, line)
    filled.set(outcome, at + 1)
  }
  for (const column of columns.values()) column.sort()
  return columns
}

function merged(columns: readonly Uint32Array[]): Uint32Array {
  const all = new Uint32Array(columns.reduce((sum, { length }) => sum + length, 0))
  let offset = 0
  for (const column of columns) {
    all.set(column, offset)
    offset += column.length
  }
  return all.sort()
}

/** Buckets a decade, the finest first: a narrow spread is shown in detail, a wide one still at a glance. */
const perDecadeChoices = [40, 20, 10, 5] as const
const bucketsMax = 40

/** Whole microseconds, so that a bucket's count is exact; the first holds the minimum, the last but one the maximum. */
function boundsUsFor(minUs: number, maxUs: number): number[] {
  const decades = Math.log10(Math.max(1, maxUs)) - Math.log10(Math.max(1, minUs))
  const perDecade = perDecadeChoices.find((choice) => decades * choice <= bucketsMax - 2) ?? 5
  const bounds = minUs === 0 ? [0] : []
  for (let power = Math.floor(Math.log10(Math.max(1, minUs)) * perDecade); ; power++) {
    const bound = Math.round(10 ** (power / perDecade))
    if (bound !== bounds.at(-1)) bounds.push(bound)
    if (bound > maxUs) return bounds
  }
}

function countsBetween(sorted: Uint32Array, bounds: readonly number[]): number[] {
  const below = bounds.map((bound) => countBelow(sorted, bound))
  return below.slice(1).map((count, bucket) => count - (below[bucket] ?? 0))
}

function countBelow(sorted: Uint32Array, bound: number): number {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((sorted[middle] ?? 0) < bound) low = middle + 1
    else high = middle
  }
  return low
}

/** Points for every halving of what is left up to 100 %, as HdrHistogram prints them. */
const pointsPerHalving = 5
const pointsMax = 100

/** From the minimum at 0 to the maximum at 100, as far between as there are requests to tell points apart. */
function percentileCurve(sorted: Uint32Array): [number, number][] {
  const points: [number, number][] = []
  let percentile = 0
  while (points.length < pointsMax - 1 && (1 - percentile / 100) * sorted.length >= 1) {
    points.push([Number(percentile.toFixed(6)), inMs(percentileOf(sorted, percentile))])
    const halvings = Math.floor(Math.log2(100 / (100 - percentile))) + 1
    percentile += 100 / (pointsPerHalving * 2 ** halvings)
  }
  return [...points, [100, inMs(sorted.at(-1) ?? 0)]]
}
