import { number } from '../../../words.ts'
import type { RunSummary, Spread, StressDocument } from '../document.ts'
import { percentileChart } from './charts/latency.ts'
import { figure, ms, ratio, spread } from './figures.ts'
import { type Content, type Html, html } from './markup.ts'
import { below, type ChartList, heading, type Level, table } from './parts.ts'

/** What is set beside others: a strategy of one report, or one of several reports. */
export interface Entry {
  readonly label: string
  readonly summary: RunSummary
  readonly document: StressDocument
}

/** The first entry is the measure of the others. */
export function comparison(
  entries: readonly Entry[],
  { level, charts, title }: { readonly level: Level; readonly charts: ChartList; readonly title: string },
): Html | null {
  const [first] = entries
  if (first === undefined || entries.length < 2) return null
  const curves = entries.flatMap(({ label, summary, document }, index) => {
    const own = document.runs.filter(({ strategy }) => strategy === summary.strategy)
    const run = own.find(({ interrupted }) => !interrupted) ?? own[0]
    const histogram = run?.histograms.find(({ outcome }) => outcome === 'all')
    return histogram === undefined ? [] : [{ label, colour: colourOf(index), dash: dashOf(index), histogram }]
  })
  const hasRepeats = entries.some(({ summary }) => summary.runs > 1)
  const chart = percentileChart(curves, 'All requests by percentile')
  return html`<section class="card">${heading(level, title)}
<p class="muted">${hasRepeats ? 'Medians over the runs, and the least and the most of them; the curves are of the first run of each. ' : null}Ratios are against ${first.label}.</p>
<div class="bar-charts">${measures.map((measure) => bars(measure, entries, below(level)))}</div>
${comparisonTable(entries)}
${chart === null ? null : charts.figure(chart, below(level))}</section>`
}

interface Measure {
  readonly name: string
  readonly better: 'more' | 'less'
  readonly of: (summary: RunSummary) => Spread | null
  readonly write: (value: number) => string
}

const measures: readonly Measure[] = [
  { name: 'claims/s', better: 'more', of: ({ claims_per_s }) => claims_per_s, write: figure },
  { name: 'requests/s', better: 'more', of: ({ requests_per_s }) => requests_per_s, write: figure },
  { name: 'p50 ms', better: 'less', of: ({ p50_ms }) => p50_ms, write: ms },
  { name: 'p99 ms', better: 'less', of: ({ p99_ms }) => p99_ms, write: ms },
]

function bars(measure: Measure, entries: readonly Entry[], level: Level): Html {
  const most = Math.max(1e-9, ...entries.map(({ summary }) => measure.of(summary)?.max ?? 0))
  const rows = entries.map(({ label, summary }, index) => {
    const value = measure.of(summary)
    return html`<li><span class="label">${label}</span>${bar(value, most, index)}<span class="value">${value === null ? '–' : measure.write(value.median)}</span></li>\n`
  })
  return html`<div>${heading(level, measure.name)}<p class="muted">${measure.better} is better</p><ul class="bars">
${rows}</ul></div>`
}

/** As long as the median, with a line from the least to the most. */
function bar(value: Spread | null, most: number, index: number): Html {
  const along = (part: number) => `${((100 * part) / most).toFixed(2)}%`
  if (value === null) return html`<svg class="bar" aria-hidden="true"></svg>`
  const whisker =
    value.min === value.max
      ? null
      : html`<line x1="${along(value.min)}" x2="${along(value.max)}" y1="50%" y2="50%"></line>`
  return html`<svg class="bar" aria-hidden="true"><rect class="c-${colourOf(index)}" width="${along(value.median)}" height="100%" rx="2"></rect>${whisker}</svg>`
}

const dashes = [undefined, [8, 4], [2, 3], [12, 3, 2, 3]] as const

function colourOf(index: number): string {
  return `s${(index % 6) + 1}`
}

function dashOf(index: number): readonly number[] | undefined {
  return dashes[index % dashes.length]
}

function comparisonTable(entries: readonly Entry[]): Html {
  const [first] = entries
  const against = (of: Measure['of'], { summary }: Entry) => {
    const own = of(summary)?.median
    const other = first === undefined ? undefined : of(first.summary)?.median
    return ratio(own === undefined || other === undefined || other === 0 ? null : own / other)
  }
  const rows = entries.map((entry, index) => [
    html`<span class="swatch c-${colourOf(index)}" aria-hidden="true"></span>${entry.label}`,
    ...measures.map(({ of, write }) => {
      const value = of(entry.summary)
      return html`${spread(value, write).median}<small>${against(of, entry)} <span>${spread(value, write).range}</span></small>`
    }),
    html`${spread(entry.summary.errors, figure).median}<small>${spread(entry.summary.errors, figure).range}</small>`,
    units(entry.summary.undersold),
    units(entry.summary.oversold),
    failedOf(entry.summary),
  ])
  const head = ['', ...measures.map(({ name }) => name), 'errors', 'undersold', 'oversold', 'failed checks']
  return table({
    caption: 'Side by side, with ratios; undersold and oversold in units of the worst run',
    head,
    rows,
    wordColumns: [head.length - 1],
  })
}

function units(value: number): Content {
  return value > 0 ? html`<strong class="bad">${number(value)}</strong>` : '0'
}

function failedOf({ failed_checks }: RunSummary): Content {
  if (failed_checks.length === 0) return html`<span class="good">✔ none</span>`
  return html`<span class="bad">✘ ${failed_checks.join(', ')}</span>`
}
