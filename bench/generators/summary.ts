import { latencyUsOf, outcomeOf, type Records } from '../../cli/stress/records.ts'
import type { Measured } from './load.ts'

/** What the books of a load come to. What was never answered has failed. */
export function summarise(records: Records): Omit<Measured, 'cpuUs'> {
  const answered = { won: 0, refused: 0, failed: 0 }
  const latenciesUs: number[] = []
  let lastUs = 0
  for (let line = 0; line < records.total; line += 1) {
    const outcome = outcomeOf(records, line)
    answered[
      outcome === 'claimed' ? 'won' : outcome === null || outcome === 'error' ? 'failed' : 'refused'
    ] += 1
    if (outcome === null) continue
    latenciesUs.push(latencyUsOf(records, line))
    lastUs = Math.max(lastUs, records.endedUs[line] ?? 0)
  }
  const sorted = Float64Array.from(latenciesUs).sort()
  const percentile = (share: number) =>
    (sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0) / 1000
  return {
    durationMs: lastUs / 1000,
    answered,
    latencyMs: { p50: percentile(0.5), p99: percentile(0.99), max: percentile(1) },
    answersEachS: answersEachS(records),
  }
}

function answersEachS(records: Records): number[] {
  const counts: number[] = []
  for (let line = 0; line < records.total; line += 1) {
    if (outcomeOf(records, line) === null) continue
    const second = Math.floor((records.endedUs[line] ?? 0) / 1_000_000)
    while (counts.length <= second) counts.push(0)
    counts[second] = (counts[second] ?? 0) + 1
  }
  // The last second is not a whole one.
  return counts.slice(0, -1)
}
