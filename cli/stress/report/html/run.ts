import type { StressRun } from '../document.ts'
import { histogramCharts, percentilesOfRun } from './charts/latency.ts'
import { chartsOverTime } from './charts/over-time.ts'
import { headline } from './headline.ts'
import { type Content, type Html, html } from './markup.ts'
import { below, type ChartList, heading, type Level } from './parts.ts'
import { errorSet, generator } from './run-facts.ts'
import { chartFigures, latencyTable, serviceTable } from './run-tables.ts'

export interface RunPage {
  readonly run: StressRun
  /** Of all runs of the page, for its charts' cursors. */
  readonly key: string
  readonly level: Level
  readonly charts: ChartList
}

/** Everything measured in one run. */
export function runBody({ run, key, level, charts }: RunPage): Content {
  const deeper = below(level)
  const overTime = chartsOverTime(run, `${key}-time`)
  const percentiles = percentilesOfRun(run)
  return [
    headline(run),
    html`<section>${heading(level, 'Over time')}
${overTime.length === 0 ? html`<p>Nothing was answered, so there is nothing to draw.</p>` : null}
<div class="charts">${overTime.map((chart) => charts.figure(chart, deeper))}</div></section>`,
    html`<section>${heading(level, 'Latency')}<p class="muted">${howMeasured(run)}</p>
<div class="charts">${histograms(run, key, { level: deeper, charts })}${percentiles === null ? null : charts.figure(percentiles, deeper)}</div>
${latencyTable(run)}${serviceTable(run)}${chartFigures(run)}</section>`,
    errorSet(run.errors, level),
    generator(run, level),
  ]
}

function howMeasured({ service_ms }: StressRun): string {
  return service_ms === null
    ? 'From handing a request to its connection to the end of its answer. Each connection waits for its answer before it sends again (closed model), so a stall of the server holds requests back instead of making them slow.'
    : 'From the moment a request was meant to be sent to the end of its answer (open model), so a stall of the server is seen by every request that fell into it. Service time, from the moment it was written, stands beside it.'
}

function histograms(
  run: StressRun,
  key: string,
  { level, charts }: { readonly level: Level; readonly charts: ChartList },
): Html | null {
  const list = histogramCharts(run, `${key}-latency`)
  if (list.length === 0) return null
  return html`<figure><figcaption>${heading(level, 'Latency by outcome')}<p>How many answers took how long, on one logarithmic axis; each outcome has its own height.</p></figcaption>
${list.map((chart) => charts.place(chart))}
</figure>`
}
