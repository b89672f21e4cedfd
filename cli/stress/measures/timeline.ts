import { type OutcomeName, outcomeNames } from '../outcomes.ts'
import { latencyUsOf, lineState, outcomeOf, type Records } from '../records.ts'
import type { Timeline } from '../report/document.ts'
import { inMs, measuredOutcomeOf, percentileOf } from './measured.ts'

const stepsMax = 120

/** When the answers came, step by step, and what was left in stock by what they said. */
export function timelineOf(records: Records, stockBefore: number): Timeline {
  const lastUs = lastEndUs(records)
  const stepUs = stepUsFor(lastUs)
  const steps = lastUs === null ? 0 : Math.floor(lastUs / stepUs) + 1
  const outcomes = outcomesByStep(records, { steps, stepUs })
  const latencies = latenciesByStep(records, { steps, stepUs })
  const percentiles = (percentile: number) =>
    latencies.map((sorted) => (sorted.length === 0 ? null : inMs(percentileOf(sorted, percentile))))
  return {
    step_s: stepUs / 1_000_000,
    t_s: Array.from({ length: steps }, (_, step) => (step * stepUs) / 1_000_000),
    outcomes,
    p50_ms: percentiles(50),
    p99_ms: percentiles(99),
    remaining: remainingByStep(outcomes, { steps, stockBefore }),
  }
}

interface Steps {
  readonly steps: number
  readonly stepUs: number
}

function lastEndUs(records: Records): number | null {
  let lastUs: number | null = null
  for (let line = 0; line < records.total; line++) {
    if ((records.states[line] ?? 0) < lineState.firstOutcome) continue
    lastUs = Math.max(lastUs ?? 0, records.endedUs[line] ?? 0)
  }
  return lastUs
}

/** 1, 2, 5, 10, 20, 50 … ms: the least with at most 120 steps, so that there are 48 or more of them in 0.1 s and longer. */
function stepUsFor(lastUs: number | null): number {
  for (let unitUs = 1000; ; unitUs *= 10) {
    const stepUs = [1, 2, 5].map((factor) => factor * unitUs).find((us) => (lastUs ?? 0) < us * stepsMax)
    if (stepUs !== undefined) return stepUs
  }
}

function outcomesByStep(records: Records, { steps, stepUs }: Steps): Timeline['outcomes'] {
  const counts = new Map<OutcomeName, number[]>()
  for (let line = 0; line < records.total; line++) {
    const outcome = outcomeOf(records, line)
    if (outcome === null) continue
    const column = counts.get(outcome) ?? new Array<number>(steps).fill(0)
    counts.set(outcome, column)
    const step = Math.floor((records.endedUs[line] ?? 0) / stepUs)
    column[step] = (column[step] ?? 0) + 1
  }
  const present = outcomeNames.filter((name) => counts.has(name))
  return Object.fromEntries(present.map((name) => [name, counts.get(name)]))
}

/** The latencies of what ended in each step, sorted: views of one block, filled step after step. */
function latenciesByStep(records: Records, { steps, stepUs }: Steps): Uint32Array[] {
  const isMeasured = (line: number) => measuredOutcomeOf(records, line) !== null
  const stepOf = (line: number) => Math.floor((records.endedUs[line] ?? 0) / stepUs)
  const ends = new Uint32Array(steps + 1)
  for (let line = 0; line < records.total; line++) {
    if (isMeasured(line)) ends[stepOf(line) + 1] = (ends[stepOf(line) + 1] ?? 0) + 1
  }
  for (let step = 1; step <= steps; step++) ends[step] = (ends[step] ?? 0) + (ends[step - 1] ?? 0)
  const starts = ends.slice()
  const block = new Uint32Array(ends[steps] ?? 0)
  for (let line = 0; line < records.total; line++) {
    if (!isMeasured(line)) continue
    const at = ends[stepOf(line)] ?? 0
    block[at] = latencyUsOf(records, line)
    ends[stepOf(line)] = at + 1
  }
  return Array.from({ length: steps }, (_, step) => block.subarray(starts[step], starts[step + 1]).sort())
}

function remainingByStep(
  outcomes: Timeline['outcomes'],
  { steps, stockBefore }: { readonly steps: number; readonly stockBefore: number },
): number[] {
  let remaining = stockBefore
  return Array.from({ length: steps }, (_, step) => {
    remaining += (outcomes.released?.[step] ?? 0) - (outcomes.claimed?.[step] ?? 0)
    return remaining
  })
}
