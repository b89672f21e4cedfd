import type { ChalkInstance } from 'chalk'
import { agree, count } from '../../../words.ts'
import type { Check } from '../../proof/checks.ts'
import type { StressDocument, StressRun } from '../document.ts'
import { wrap } from '../wrap.ts'
import { runLabel } from './run-label.ts'

const sources = {
  database: 'read from the database',
  api: 'read through the API alone',
} satisfies Record<StressRun['evidence'], string>

/** Every check of one run; of several runs those that failed, each with its run. */
export function proof(document: StressDocument, colour: ChalkInstance): string {
  const { runs } = document
  const [run] = runs
  if (run === undefined) return ''
  const title = colour.bold(`Proof, ${sources[run.evidence]}`)
  const lines = runs.length === 1 ? checksOf(run, colour) : failuresOf(document, colour)
  return [title, ...lines].join('\n')
}

function checksOf({ checks }: StressRun, colour: ChalkInstance): string[] {
  const width = Math.max(...checks.map(({ name }) => name.length)) + 2
  return checks.flatMap(({ name, passed, detail }) => {
    const [first = '', ...rest] = wrap(detail, ' '.repeat(4 + width))
    const title = passed ? name.padEnd(width) : colour.red(name.padEnd(width))
    return [`  ${mark(passed, colour)} ${title}${first.trimStart()}`, ...rest]
  })
}

function failuresOf(document: StressDocument, colour: ChalkInstance): string[] {
  const { runs } = document
  const failed = runs.filter(({ passed }) => !passed)
  const lines = failed.flatMap((run) =>
    run.checks
      .filter(({ passed }) => !passed)
      .flatMap((check) => failure(check, runLabel(run, document), colour)),
  )
  const rest = runs.length - failed.length
  if (rest === 0) return lines
  const which =
    failed.length === 0 ? `${count(rest, 'run')}` : `the other ${agree(rest, 'run', `${rest} runs`)}`
  return [...lines, `  ${mark(true, colour)} Every check of ${which} has passed.`]
}

function failure({ name, detail }: Check, label: string, colour: ChalkInstance): string[] {
  return [`  ${mark(false, colour)} ${label}: ${colour.red(name)}`, ...wrap(detail, '      ')]
}

export function mark(passed: boolean, colour: ChalkInstance): string {
  return passed ? colour.green('✔') : colour.red('✘')
}
