import type { ChalkInstance } from 'chalk'
import { agree, count, listed, number } from '../../../words.ts'
import type { StressDocument, StressRun, ThresholdResult } from '../document.ts'
import { wrap } from '../wrap.ts'
import { wasInterrupted } from './interruption.ts'
import { runLabel } from './run-label.ts'

/** The last word: were the sales right, were the thresholds kept, was it cut short. */
export function verdict(document: StressDocument, colour: ChalkInstance): string {
  const { runs, passed, thresholds } = document
  const [run] = runs
  if (run === undefined) return colour.yellow.bold('INTERRUPTED: nothing was measured or proved.')
  const crossed = thresholds.filter((each) => !each.passed)
  const isCut = wasInterrupted(document)
  const words = [
    ...(isCut ? ['INTERRUPTED'] : []),
    ...(passed ? [] : ['FAILED']),
    ...(crossed.length > 0 ? ['CROSSED'] : []),
  ]
  const found = runs.length === 1 ? ofOne(run) : ofAll(document)
  const sentences = crossed.length === 0 ? [found] : [found, crossing(crossed, document)]
  const text = `${words.length === 0 ? 'PASSED' : listed(words)}: ${sentences.join(' ')}`
  const isGood = passed && crossed.length === 0
  const paint = !isGood ? colour.red.bold : isCut ? colour.yellow.bold : colour.green.bold
  return wrap(text)
    .map((line) => paint(line))
    .join('\n')
}

function crossing(crossed: readonly ThresholdResult[], { thresholds, summary }: StressDocument): string {
  const names = crossed.map(({ expression, strategy }) =>
    summary.length > 1 && strategy !== null ? `${expression} (${strategy})` : expression,
  )
  const verb = agree(crossed.length, 'was', 'were')
  return `${number(crossed.length)} of ${count(thresholds.length, 'threshold')} ${verb} crossed: ${listed(names)}.`
}

function ofOne(run: StressRun): string {
  const { checks, outcomes, stock_before, interrupted } = run
  const sold = `${number(outcomes.claimed - outcomes.released)} of ${count(stock_before, 'unit')} sold`
  const failed = failedNames(run)
  const far = interrupted ? ' as far as it went' : ''
  if (failed.length === 0) return `${sold}, none twice, none lost${far}.`
  const have = agree(failed.length, 'has', 'have')
  return `${sold}; ${failed.length} of ${checks.length} checks ${have} failed${far}: ${failed.join(', ')}.`
}

function ofAll(document: StressDocument): string {
  const { runs } = document
  const failed = runs.filter(({ passed }) => !passed)
  if (failed.length === 0) return `every check of ${count(runs.length, 'run')} has passed.`
  const which = failed.map((run) => `${runLabel(run, document)} (${failedNames(run).join(', ')})`)
  const have = agree(failed.length, 'has', 'have')
  return `${number(failed.length)} of ${count(runs.length, 'run')} ${have} failed checks: ${which.join('; ')}.`
}

function failedNames({ checks }: StressRun): string[] {
  return checks.filter((check) => !check.passed).map((check) => check.name)
}
