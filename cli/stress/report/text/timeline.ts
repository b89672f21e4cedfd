import type { ChalkInstance } from 'chalk'
import type { StressRun, Timeline } from '../document.ts'
import { milliseconds } from '../latency-table.ts'
import { seconds, short } from './figures.ts'

const columnsMax = 45

interface Column {
  readonly answers: number
  readonly errors: number
  readonly p99Ms: number | null
  readonly remaining: number
}

/** How answers, their latency and the stock went on, as a row of bars each. */
export function timeline({ timeline, stock_before }: StressRun, colour: ChalkInstance): string {
  const size = Math.ceil(timeline.t_s.length / columnsMax)
  const columns = columnsOf(timeline, size)
  const last = columns.at(-1)
  if (last === undefined) return ''
  const widthS = size * timeline.step_s
  const perS = (count: number) => count / widthS
  const rates = columns.map(({ answers }) => perS(answers))
  const errors = columns.map(({ errors }) => perS(errors))
  const p99s = columns.map(({ p99Ms }) => p99Ms)
  const stock = columns.map(({ remaining }) => remaining)
  const peak = Math.max(...rates)
  const lines = [
    line('answers/s', rates, `max ${short(peak)}`, colour.cyan),
    // Against its own peak: a few errors among many answers would be a flat line else.
    ...(errors.some((rate) => rate > 0)
      ? [line('errors/s', errors, `max ${short(Math.max(...errors))}`, colour.red)]
      : []),
    line('p99 ms', p99s, `max ${milliseconds(Math.max(...p99s.map((value) => value ?? 0)))}`, colour.yellow),
    line('remaining', stock, `${short(stock_before)} → ${short(last.remaining)}`, colour.green),
  ]
  const title = `${colour.bold('Timeline')}, ${seconds(widthS)} a column`
  return [title, ...lines, colour.dim(axis(columns.length, columns.length * widthS))].join('\n')
}

function columnsOf({ t_s, outcomes, p99_ms, remaining }: Timeline, size: number): Column[] {
  return Array.from({ length: Math.ceil(t_s.length / Math.max(1, size)) }, (_, column) => {
    const [from, to] = [column * size, Math.min((column + 1) * size, t_s.length)]
    const sum = (counts: readonly number[] = []) =>
      counts.slice(from, to).reduce((all, count) => all + count, 0)
    const measured = p99_ms.slice(from, to).filter((value) => value !== null)
    return {
      answers: Object.values(outcomes).reduce((all, counts) => all + sum(counts), 0),
      errors: sum(outcomes.error),
      p99Ms: measured.length === 0 ? null : Math.max(...measured),
      remaining: remaining[to - 1] ?? 0,
    }
  })
}

const labelWidth = 13

function line(
  label: string,
  values: readonly (number | null)[],
  note: string,
  paint: (text: string) => string,
): string {
  return `${`  ${label}`.padEnd(labelWidth)}${paint(bars(values))}  ${note}`
}

const steps = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const

/** `_` for zero and below, a gap where nothing was measured. */
function bars(values: readonly (number | null)[]): string {
  const most = Math.max(...values.map((value) => value ?? 0))
  return values
    .map((value) => {
      if (value === null) return ' '
      if (value <= 0) return '_'
      return steps[Math.ceil((value / most) * steps.length) - 1] ?? '█'
    })
    .join('')
}

function axis(width: number, endS: number): string {
  const end = seconds(endS)
  return `${' '.repeat(labelWidth)}0 s${end.padStart(Math.max(end.length + 1, width - 3))}`
}
