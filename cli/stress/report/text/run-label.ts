import type { StressDocument, StressRun } from '../document.ts'

/** What tells a run from the others: `lock`, `run 2`, or `lock, run 2`. People count from 1. */
export function runLabel(run: StressRun, { plan, summary }: StressDocument): string {
  const number = `run ${run.repeat + 1}`
  if (summary.length === 1) return number
  const strategy = run.strategy ?? 'server'
  return plan.repeat > 1 ? `${strategy}, ${number}` : strategy
}
