import type { ChalkInstance } from 'chalk'
import { agree, number } from '../../../words.ts'
import type { StressDocument } from '../document.ts'
import { wrap } from '../wrap.ts'
import { runLabel } from './run-label.ts'

/** Whether less was done than was planned, since somebody ended it. */
export function wasInterrupted(document: StressDocument): boolean {
  return document.runs.some(({ interrupted }) => interrupted) || missingRuns(document) > 0
}

/** Says so plainly, before any figure. */
export function interruption(document: StressDocument, colour: ChalkInstance): string {
  const { runs } = document
  const cut = runs.filter(({ interrupted }) => interrupted)
  const missing = missingRuns(document)
  const sentences = cut.map((run) => {
    const { sent, planned } = run.requests
    const where = runs.length === 1 ? '' : ` in ${runLabel(run, document)}`
    return `${number(sent)} of ${number(planned)} planned requests were sent${where}.`
  })
  if (runs.length > 0 && missing > 0) {
    const planned = number(runs.length + missing)
    sentences.push(`${number(missing)} of ${planned} planned runs ${agree(missing, 'was', 'were')} not made.`)
  }
  if (sentences.length === 0) return ''
  return wrap(`INTERRUPTED: ${sentences.join(' ')}`)
    .map((line) => colour.yellow.bold(line))
    .join('\n')
}

function missingRuns({ plan, runs }: StressDocument): number {
  return Math.max(0, plan.repeat * Math.max(1, plan.strategies.length) - runs.length)
}
