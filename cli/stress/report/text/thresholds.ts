import type { ChalkInstance } from 'chalk'
import type { StressDocument } from '../document.ts'
import { wrap } from '../wrap.ts'
import { mark } from './proof.ts'

/** What was expected, and by how much it was kept or crossed. */
export function thresholds({ thresholds }: StressDocument, colour: ChalkInstance): string {
  if (thresholds.length === 0) return ''
  const lines = thresholds.flatMap(({ expression, passed, detail }) => {
    const text = detail.includes(expression) ? detail : `${expression}: ${detail}`
    const [first = '', ...rest] = wrap(text, '    ')
    return [`  ${mark(passed, colour)} ${first.trimStart()}`, ...rest].map((line, index) =>
      passed || index === 0 ? line : colour.red(line),
    )
  })
  return [colour.bold('Thresholds'), ...lines].join('\n')
}
