import type { ChalkInstance } from 'chalk'
import { number } from '../../../words.ts'
import type { StressError, StressRun } from '../document.ts'
import { wrap } from '../wrap.ts'

/** Equal errors of all runs, counted, the most frequent first, each with an example. */
export function errorSet(runs: readonly StressRun[], colour: ChalkInstance): string {
  const errors = merged(runs)
  if (errors.length === 0) return ''
  const lines = errors.flatMap((one) => {
    const open = one.outcome_unknown
    const unknown = open === 0 ? '' : ` (${number(open)} with the outcome unknown)`
    return [
      ...wrap(`${number(one.count)} x ${one.error}${unknown}`, '    ', '  '),
      ...wrap(`e.g. ${one.example}`, '      ').map((line) => colour.dim(line)),
    ]
  })
  const title = runs.length > 1 ? 'Errors of all runs' : 'Errors'
  return [colour.bold(title), ...lines].join('\n')
}

function merged(runs: readonly StressRun[]): StressError[] {
  const byLabel = new Map<string, StressError>()
  for (const one of runs.flatMap(({ errors }) => errors)) {
    const known = byLabel.get(one.error)
    const count = one.count + (known?.count ?? 0)
    const outcome_unknown = one.outcome_unknown + (known?.outcome_unknown ?? 0)
    byLabel.set(one.error, { ...(known ?? one), count, outcome_unknown })
  }
  return [...byLabel.values()].sort((one, other) => other.count - one.count)
}
