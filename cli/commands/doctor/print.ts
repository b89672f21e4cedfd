import { wrap } from '../../stress/report/wrap.ts'
import type { Ui } from '../../ui.ts'
import { count, listed } from '../../words.ts'
import { countsOf, type Finding, type Group, type Severity, severities, worstOf } from './finding.ts'

const severityWidth = Math.max(...severities.map(({ length }) => length))
/** The longest name of a check is `synchronous_commit`. */
const checkWidth = 18
const indentWidth = 2 + severityWidth + 2 + checkWidth + 2

/** A group as a person reads it, in 80 columns: how bad, what was looked at, what was found, what mends it. */
export function groupText({ name, findings }: Group, colour: Ui['colour']): string {
  return [colour.bold(name), ...findings.flatMap((finding) => findingLines(finding, colour))].join('\n')
}

function findingLines({ check, severity, found, mend }: Finding, colour: Ui['colour']): string[] {
  const indent = ' '.repeat(indentWidth)
  const head = `  ${severity.padEnd(severityWidth)}  ${check.padEnd(checkWidth)}  `
  const [first = '', ...rest] = wrap(found, indent, head)
  const marked = `  ${paint(severity, colour)(severity.padEnd(severityWidth))}${first.slice(2 + severityWidth)}`
  const mending = mend === undefined ? [] : wrap(mend, `${indent}   `, `${indent}-> `)
  return [marked, ...rest, ...mending.map((line) => colour.cyan(line))]
}

function paint(severity: Severity, { green, yellow, red, blue }: Ui['colour']) {
  return { ok: green, note: blue, warning: yellow, error: red }[severity]
}

/** The last line. */
export function verdictText(findings: readonly Finding[], colour: Ui['colour']): string {
  const counts = countsOf(findings)
  const worst = worstOf(findings)
  const parts = (['error', 'warning', 'note'] as const)
    .filter((severity) => counts[severity] > 0)
    .map((severity) => count(counts[severity], severity))
  const sum = parts.length === 0 ? 'nothing to mend' : listed(parts)
  const text = `${count(findings.length, 'check')}: ${sum}.`
  return paint(worst, colour)(text)
}

/** One document for programs: the worst severity, how many of each, and every finding with its group. */
export function documentOf(groups: readonly Group[]) {
  const findings = groups.flatMap(({ name, findings: found }) =>
    found.map((finding) => ({ group: name, ...finding })),
  )
  return { severity: worstOf(findings), counts: countsOf(findings), findings }
}
