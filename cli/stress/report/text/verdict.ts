import type { ChalkInstance } from 'chalk'
import { agree, count, listed, number } from '../../../words.ts'
import type { StressDocument, StressRun } from '../document.ts'
import { wrap } from '../wrap.ts'
import { runLabel } from './run-label.ts'

/** The last word: were the sales right, were the thresholds kept, was it cut short. */
export function verdict(document: StressDocument, colour: ChalkInstance): string {
  const { runs, passed, thresholds } = document
  const crossed = thresholds.filter((each) => !each.passed)
  const interrupted = runs.some((run) => run.interrupted)
  const found = findings(document)
  if (runs.length === 0)
    return colour.yellow.bold('INTERRUPTED: no run was made, so nothing was measured or proved.')
  const words = [
    interrupted ? 'INTERRUPTED' : null,
    passed ? null : 'FAILED',
    crossed.length > 0 ? 'CROSSED' : null,
  ].filter((word) => word !== null)
  const over = `${number(crossed.length)} of ${count(thresholds.length, 'threshold')} ${agree(crossed.length, 'is', 'are')} crossed: ${listed(crossed.map(({ expression, strategy }) => named(expression, strategy, document)))}.`
  const text = [`${words.length === 0 ? 'PASSED' : listed(words)}: ${found}`, crossed.length > 0 ? over : '']
  const paint =
    !passed || crossed.length > 0 ? colour.red.bold : interrupted ? colour.yellow.bold : colour.green.bold
  return wrap(text.join(' ').trim())
    .map((line) => paint(line))
    .join('\n')
}

function named(expression: string, strategy: string | null, { summary }: StressDocument): string {
  return summary.length > 1 && strategy !== null ? `${expression} (${strategy})` : expression
}

function findings(document: StressDocument): string {
  const { runs } = document
  const [run] = runs
  return run !== undefined && runs.length === 1 ? ofOne(run) : ofAll(document)
}

function ofOne({ checks, passed, interrupted, outcomes, stock_before }: StressRun): string {
  const failed = checks.filter((check) => !check.passed).map((check) => check.name)
  const sold = `${number(outcomes.claimed - outcomes.released)} of ${count(stock_before, 'unit')} sold`
  if (passed) return `${sold}, none twice, none lost${interrupted ? ', as far as it went' : ''}.`
  return `${sold}; ${failed.length} of ${checks.length} checks ${agree(failed.length, 'has', 'have')} failed: ${failed.join(', ')}.`
}

function ofAll(document: StressDocument): string {
  const { runs } = document
  const failed = runs.filter(({ passed }) => !passed)
  const cut = runs.filter(({ interrupted }) => interrupted).length
  const far = cut === 0 ? '' : `, of which ${number(cut)} ${agree(cut, 'was', 'were')} interrupted`
  if (failed.length === 0) return `every check of ${count(runs.length, 'run')} has passed${far}.`
  const which = failed.map((run) => runLabel(run, document)).join('; ')
  return `${number(failed.length)} of ${count(runs.length, 'run')} ${agree(failed.length, 'has', 'have')} failed checks${far}: ${which}.`
}
