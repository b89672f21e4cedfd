import type { ChalkInstance } from 'chalk'
import Table from 'cli-table3'
import { number } from '../../words.ts'
import { outcomeNames } from '../outcomes.ts'
import type { LatencySummary } from '../stats.ts'
import type { StressReport } from './report.ts'

const columns = [
  'min',
  'mean',
  'p50',
  'p90',
  'p95',
  'p99',
  'p99_9',
  'max',
] as const satisfies readonly (keyof LatencySummary)[]

/** 15 + 11 + 8 x 6: with one space on the left of each number, 74 columns. */
const widths = [15, 11, ...columns.map(() => 6)]

/** One row an outcome, with the number of requests and their latency. */
export function latencyTable(report: StressReport, colour: ChalkInstance): string {
  const table = new Table({
    chars: borderless,
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
    colAligns: ['left', ...widths.slice(1).map(() => 'right' as const)],
    colWidths: widths,
  })
  const titles = ['outcome', 'requests', ...columns.map((column) => column.replace('_', '.'))]
  table.push(titles.map((title) => colour.bold(title)))
  for (const name of outcomeNames) {
    table.push([name, number(report.outcomes[name]), ...cells(report.latency_ms[name])])
  }
  const all = ['all', number(report.requests), ...cells(report.latency_ms.all)]
  table.push(all.map((cell) => colour.bold(cell)))
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
}

function cells(summary: LatencySummary | null): string[] {
  return columns.map((column) => (summary === null ? '-' : milliseconds(summary[column])))
}

/** At most five characters, so that eight of them fit: 1.234, 12.34, 123.4, 12345. */
export function milliseconds(value: number): string {
  const decimals = value < 9.9995 ? 3 : value < 99.995 ? 2 : value < 999.95 ? 1 : 0
  return value.toFixed(decimals)
}

const borderless = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '',
}
