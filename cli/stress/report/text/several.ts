import type { ChalkInstance } from 'chalk'
import type { RequestCounts, RunSummary, Spread, StressDocument, StressRun } from '../document.ts'
import { milliseconds } from '../latency-table.ts'
import { wrap } from '../wrap.ts'
import { ratio, short } from './figures.ts'
import { plainTable } from './table.ts'
import { shortcomings } from './totals.ts'

/** The strategies side by side, the first being the measure of the others. */
export function comparison({ summary, plan }: StressDocument, colour: ChalkInstance): string {
  if (summary.length < 2) return ''
  const bold = (cells: readonly string[]) => cells.map((cell) => colour.bold(cell))
  const rows = summary.map((one) => comparisonRow(one, colour))
  const [first] = summary
  const medians = plan.repeat > 1 ? 'medians; ' : ''
  const note = `${medians}ratio: against ${first?.strategy ?? 'server'}; under- and oversold: units, in the worst run`
  return [
    plainTable([bold(comparisonTitles[0]), bold(comparisonTitles[1]), ...rows], comparisonWidths),
    ...wrap(note).map((line) => colour.dim(line)),
  ].join('\n')
}

const comparisonTitles = [
  ['', 'requests', '', 'claims', '', 'p50', 'p99', '', 'under-', 'over-', 'checks'],
  ['strategy', '/s', 'ratio', '/s', 'ratio', 'ms', 'ms', 'errors', 'sold', 'sold', 'failed'],
] as const

/** 80 columns. */
const comparisonWidths = [9, 8, 6, 8, 6, 6, 6, 8, 8, 8, 7]

function comparisonRow(one: RunSummary, colour: ChalkInstance): string[] {
  const fault = (units: number) => (units > 0 ? colour.red(short(units)) : '0')
  return [
    one.strategy ?? 'server',
    short(one.requests_per_s.median),
    ratio(one.ratio.requests_per_s),
    short(one.claims_per_s.median),
    ratio(one.ratio.claims_per_s),
    inMs(one.p50_ms?.median),
    inMs(one.p99_ms?.median),
    short(one.errors.median),
    fault(one.undersold),
    fault(one.oversold),
    fault(one.failed_checks.length),
  ]
}

/** What was late, dropped or left out in all runs together. */
export function shortcomingsOfAll({ runs }: StressDocument, colour: ChalkInstance): string {
  const sum = (name: keyof RequestCounts) => runs.reduce((total, { requests }) => total + requests[name], 0)
  const requests = {
    planned: sum('planned'),
    sent: sum('sent'),
    finished: sum('finished'),
    late: sum('late'),
    dropped: sum('dropped'),
    skipped: sum('skipped'),
    duplicates: sum('duplicates'),
  }
  const isOpen = runs.some(({ service_ms }) => service_ms !== null)
  const lines = shortcomings(requests, isOpen, colour)
  return lines.length === 0 ? '' : [colour.bold('Requests of all runs'), ...lines].join('\n')
}

/** Every run of each strategy, and below them the median and how far they lie apart. */
export function runsTable({ runs, summary }: StressDocument, colour: ChalkInstance): string {
  if (runs.length === summary.length) return ''
  const rows = summary.flatMap((one) => {
    const own = runs.filter(({ strategy }) => strategy === one.strategy)
    const ordered = own.toSorted((a, b) => a.repeat - b.repeat)
    return [...ordered.map((run) => runRow(run, colour)), ...spreadRows(one, colour)]
  })
  const table = plainTable([runTitles.map((title) => colour.bold(title)), ...rows], runWidths, 2)
  const hasCut = runs.some(({ interrupted }) => interrupted)
  return hasCut
    ? `${table}\n${colour.yellow('cut: interrupted; medians are of whole runs, where there are any')}`
    : table
}

const runTitles = [
  'run',
  'strategy',
  'requests/s',
  'claims/s',
  'p50 ms',
  'p99 ms',
  'errors',
  'sold',
  'checks',
]

/** 79 columns. */
const runWidths = [8, 9, 11, 11, 8, 8, 8, 8, 8]

function runRow(run: StressRun, colour: ChalkInstance): string[] {
  const { throughput, latency_ms, outcomes, checks } = run
  const failed = checks.filter(({ passed }) => !passed).length
  return [
    `${run.repeat + 1}${run.interrupted ? ' cut' : ''}`,
    run.strategy ?? 'server',
    short(throughput.requests_per_s),
    short(throughput.claims_per_s),
    inMs(latency_ms.all?.p50),
    inMs(latency_ms.all?.p99),
    short(outcomes.error),
    short(outcomes.claimed - outcomes.released),
    failed === 0 ? colour.green('✔') : colour.red(`${failed} ✘`),
  ]
}

function spreadRows(one: RunSummary, colour: ChalkInstance): string[][] {
  const row = (figure: keyof Spread, paint: (text: string) => string) =>
    [
      figure,
      one.strategy ?? 'server',
      short(one.requests_per_s[figure]),
      short(one.claims_per_s[figure]),
      inMs(one.p50_ms?.[figure]),
      inMs(one.p99_ms?.[figure]),
      short(one.errors[figure]),
      '',
      '',
    ].map((cell) => paint(cell))
  return [row('median', colour.bold), row('min', colour.dim), row('max', colour.dim)]
}

function inMs(value: number | undefined): string {
  return value === undefined ? '-' : milliseconds(value)
}
