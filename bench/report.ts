import Table from 'cli-table3'
import type { Figure, Finding } from './finding.ts'
import type { Conditions } from './machine.ts'
import { type Aim, isMet, ratios, type Spread, spreadOf } from './statistics.ts'

/** A finding in words. */
export interface Line {
  readonly what: string
  readonly figure: string
  readonly base: string
  readonly ratio: string
  readonly aim: string
  readonly verdict: 'met' | 'missed' | ''
}

export function lineOf({ what, figure, base, aim }: Finding): Line {
  const ratio = spreadOf(ratios(figure.values, base.values))
  return {
    what,
    figure: figureText(figure),
    base: figureText(base),
    ratio: spreadText(ratio, ratioText),
    aim: aim === null ? '' : aimText(aim),
    verdict: aim === null ? '' : isMet(aim, ratio.median) ? 'met' : 'missed',
  }
}

function figureText({ label, unit, values, costUs = null }: Figure): string {
  const cost = costUs === null ? '' : `, ${Math.round(costUs)} µs each`
  return `${label}: ${spreadText(spreadOf(values), numberText)} ${unit}${cost}`
}

function spreadText({ median, min, max }: Spread, text: (value: number) => string): string {
  return `${text(median)} (${text(min)}–${text(max)})`
}

function ratioText(value: number): string {
  return Number.isFinite(value) ? value.toFixed(value < 100 ? 2 : 0) : '—'
}

/** Three figures are more than the spread allows to tell. */
function numberText(value: number): string {
  if (!Number.isFinite(value)) return '—'
  if (value < 100) return value.toFixed(1)
  const step = value < 10_000 ? 10 : 100
  return (value < 1000 ? Math.round(value) : Math.round(value / step) * step).toLocaleString('en-US')
}

function aimText({ is, ratio }: Aim): string {
  if (is === 'within') return `1 ± ${Math.round((ratio - 1) * 100)} %`
  return `${is === 'at least' ? '≥' : '≤'} ${ratio}`
}

/** For a terminal. */
export function renderTable(findings: readonly Finding[]): string {
  const table = new Table({
    head: [...heads],
    style: { head: [], border: [], compact: true },
    wordWrap: true,
    colWidths: [38, 30, 30, 20, 8, 8],
  })
  for (const finding of findings) table.push(Object.values(lineOf(finding)))
  return [table.toString(), ...notesOf(findings).map((note) => `! ${note}`)].join('\n')
}

const heads = ['measure', 'figure', 'divided by', 'ratio', 'aim', ''] as const

export function renderMarkdown(
  findings: readonly Finding[],
  conditions: Conditions,
  repeats: number,
): string {
  const rows = findings.map((finding) => `| ${Object.values(lineOf(finding)).join(' | ')} |`)
  const notes = notesOf(findings)
  return [
    `| | |\n|---|---|\n| date | ${conditions.date} |\n| machine | ${conditions.machine} |`,
    `| versions | ${conditions.versions} |\n| commit | ${conditions.commit} |\n| command | \`${conditions.command}\` |`,
    '',
    `Medians of ${repeats} repeats, with the least and the most in brackets. "µs each" is processor time of the server process for`,
    'one request, which other work on the machine changes less than the rates.',
    '',
    `| ${heads.join(' | ')} |`,
    `|${heads.map(() => '---|').join('')}`,
    ...rows,
    ...(notes.length === 0 ? [] : ['', ...notes.map((note) => `- ${note}`)]),
  ].join('\n')
}

function notesOf(findings: readonly Finding[]): string[] {
  return [...new Set(findings.flatMap(({ notes }) => notes))]
}

const begin = '<!-- figures: written by npm run bench -->'
const end = '<!-- end of figures -->'

/** The page with the figures replaced; what people wrote around them stays. */
export function replaceFigures(page: string, figures: string): string {
  const from = page.indexOf(begin)
  const to = page.indexOf(end)
  if (from === -1 || to < from) throw new Error(`The page has no "${begin}" … "${end}" to write between.`)
  return `${page.slice(0, from + begin.length)}\n${figures}\n${page.slice(to)}`
}
