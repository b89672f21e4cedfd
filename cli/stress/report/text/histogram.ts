import type { ChalkInstance } from 'chalk'
import { number } from '../../../words.ts'
import type { OutcomeName } from '../../outcomes.ts'
import type { StressRun } from '../document.ts'
import { milliseconds } from '../latency-table.ts'

const rowsMax = 12
const barWidth = 40

/** Outcomes that are told apart in a bar, also without colours. */
const groups = [
  { label: 'claimed', glyph: '█', colour: 'green', outcomes: ['claimed'] },
  { label: 'refused', glyph: '▒', colour: 'cyan', outcomes: ['sold_out', 'already_claimed', 'busy'] },
  { label: 'others', glyph: '░', colour: 'blue', outcomes: ['released', 'told'] },
  { label: 'error', glyph: 'x', colour: 'red', outcomes: ['error'] },
] as const satisfies readonly {
  label: string
  glyph: string
  colour: keyof ChalkInstance
  outcomes: readonly OutcomeName[]
}[]

type Group = (typeof groups)[number]

interface Row {
  readonly fromMs: number
  readonly toMs: number
  readonly total: number
  /** Requests of each group, in the groups' order. */
  readonly parts: readonly number[]
}

/** Where the latencies lie, a bar for each span of them, its outcomes side by side. */
export function histogram(run: StressRun, colour: ChalkInstance): string {
  const rows = rowsOf(run)
  if (rows.length === 0) return ''
  const most = Math.max(...rows.map(({ total }) => total))
  const sum = rows.reduce((all, { total }) => all + total, 0)
  const present = groups.filter((_, index) => rows.some(({ parts }) => (parts[index] ?? 0) > 0))
  const legend = present.map((group) => `${colour[group.colour](group.glyph)} ${group.label}`).join('  ')
  const lines = rows.map((row) => {
    const span = `${milliseconds(row.fromMs).padStart(5)} - ${milliseconds(row.toMs).padStart(5)}`
    const figures = `${number(row.total).padStart(11)} ${((row.total / sum) * 100).toFixed(1).padStart(6)} %`
    return `  ${span}  ${bar(row, most, colour)}${figures}`
  })
  return [`${colour.bold('Latency, ms')}      ${legend}`, ...lines].join('\n')
}

function rowsOf({ histograms }: StressRun): Row[] {
  const all = histograms.find(({ outcome }) => outcome === 'all')
  if (all === undefined) return []
  const counts = (group: Group) =>
    histograms
      .filter(({ outcome }) => group.outcomes.some((name) => name === outcome))
      .map((one) => one.counts)
  const columns = groups.map(counts)
  const first = all.counts.findIndex((count) => count > 0)
  const end = all.counts.findLastIndex((count) => count > 0) + 1
  const size = Math.max(1, Math.ceil((end - first) / rowsMax))
  return Array.from({ length: Math.ceil((end - first) / size) }, (_, row) => {
    const from = first + row * size
    const to = Math.min(from + size, all.bounds_ms.length - 1)
    const within = (column: readonly number[]) =>
      column.slice(from, to).reduce((sum, count) => sum + count, 0)
    const parts = columns.map((column) => column.reduce((sum, one) => sum + within(one), 0))
    return {
      fromMs: all.bounds_ms[from] ?? 0,
      toMs: all.bounds_ms[to] ?? 0,
      total: parts.reduce((sum, part) => sum + part, 0),
      parts,
    }
  })
}

/** Always 40 columns; what is there at all is seen, if only as one column. */
function bar({ total, parts }: Row, most: number, colour: ChalkInstance): string {
  const width = total === 0 ? 0 : Math.max(1, Math.round((total / most) * barWidth))
  let [sum, drawn] = [0, 0]
  const pieces = groups.map((group, index) => {
    sum += parts[index] ?? 0
    const end = total === 0 ? 0 : Math.round((sum / total) * width)
    const piece = group.glyph.repeat(Math.max(0, end - drawn))
    drawn = Math.max(drawn, end)
    return colour[group.colour](piece)
  })
  return pieces.join('') + ' '.repeat(barWidth - drawn)
}
