import { count, number } from '../../../words.ts'
import { outcomeNames } from '../../outcomes.ts'
import type { LatencyByOutcome, LatencySummary, StressError, StressRun } from '../document.ts'
import { histogramCharts, histogramRows, percentilesOfRun } from './charts/latency.ts'
import { chartsOverTime } from './charts/over-time.ts'
import { figure, ms, percent, seconds, spoken } from './figures.ts'
import { shortcomings } from './load.ts'
import { type Content, type Html, html } from './markup.ts'
import { below, type ChartList, facts, heading, type Level, table } from './parts.ts'

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

function headline(run: StressRun): Html {
  const { throughput, latency_ms, outcomes, requests, duration_s, stock_before } = run
  const { configured_per_s: configured } = throughput
  const sold = outcomes.claimed - outcomes.released
  const tiles: [string, string, string][] = [
    ['claims/s', figure(throughput.claims_per_s), `${number(outcomes.claimed)} claimed`],
    [
      'requests/s',
      figure(throughput.requests_per_s),
      configured === null
        ? `in ${seconds(duration_s)}`
        : `${figure(configured)} configured, ${seconds(duration_s)}`,
    ],
    ['p50', `${ms(latency_ms.all?.p50)} ms`, 'of all requests'],
    ['p99', `${ms(latency_ms.all?.p99)} ms`, `max ${ms(latency_ms.all?.max)} ms`],
    ['sold', number(sold), `of ${count(stock_before, 'unit')}, ${number(run.stock_after)} left`],
    ['errors', number(outcomes.error), `of ${count(requests.finished, 'request')}`],
  ]
  return html`<dl class="tiles">
${tiles.map(([name, value, note]) => html`<div><dt>${name}</dt><dd><strong>${value}</strong> <span>${note}</span></dd></div>\n`)}</dl>
${notesOf(run)}`
}

function notesOf(run: StressRun): Html | null {
  const notes = shortcomings(run)
  return notes.length === 0
    ? null
    : html`<ul class="notes">${notes.map((note) => html`<li>${note}</li>`)}</ul>`
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

const titles = columns.map((column) => column.replace('_', '.'))

function latencyTable({ outcomes, requests, latency_ms }: StressRun): Html {
  const seen = outcomeNames.filter((name) => outcomes[name] > 0)
  const share = (size: number) => (requests.finished === 0 ? '–' : percent(size / requests.finished))
  const rows = seen.map((name) => [
    outcomeName(name),
    number(outcomes[name]),
    share(outcomes[name]),
    ...cells(latency_ms[name]),
  ])
  const all = [
    outcomeName('all'),
    number(requests.finished),
    share(requests.finished),
    ...cells(latency_ms.all),
  ]
  const caption = 'Latency by outcome, in milliseconds'
  return table({ caption, head: ['outcome', 'requests', 'share', ...titles], rows: [...rows, all] })
}

function serviceTable({ service_ms, outcomes }: StressRun): Html | null {
  if (service_ms === null) return null
  const names = [...outcomeNames.filter((name) => outcomes[name] > 0), 'all'] as const
  const rows = names.map((name) => [outcomeName(name), ...cells(service_ms[name])])
  return table({
    caption: 'Service time by outcome, from the write to the answer, in milliseconds',
    head: ['outcome', ...titles],
    rows,
  })
}

function outcomeName(name: keyof LatencyByOutcome): Html {
  return html`<span class="swatch c-${name}" aria-hidden="true"></span>${spoken(name)}`
}

function cells(summary: LatencySummary | null): string[] {
  return columns.map((column) => ms(summary?.[column]))
}

function errorSet(errors: readonly StressError[], level: Level): Html {
  if (errors.length === 0) return html`<section>${heading(level, 'Errors')}<p>None.</p></section>`
  const rows = errors.map(({ error, count: size, outcome_unknown, example }) => [
    html`<code class="isolate">${error}</code>`,
    number(size),
    number(outcome_unknown),
    html`<span class="isolate">${example}</span>`,
  ])
  return html`<section>${heading(level, 'Errors')}
${table({ caption: 'Errors by kind, with one example of each in the words of the server or the network', head: ['error', 'count', 'outcome unknown', 'example'], rows, wordColumns: [3] })}</section>`
}

/** The charts once more, as tables. */
function chartFigures(run: StressRun): Html | null {
  const { t_s, outcomes, p50_ms, p99_ms, remaining } = run.timeline
  if (t_s.length === 0) return null
  const names = outcomeNames.filter((name) => outcomes[name] !== undefined)
  const steps = t_s.map((start, step) => [
    seconds(start),
    ...names.map((name) => number(outcomes[name]?.[step] ?? 0)),
    ms(p50_ms[step]),
    ms(p99_ms[step]),
    number(remaining[step] ?? 0),
  ])
  const buckets = histogramRows(run)
  return html`<details><summary>Figures of the charts</summary>
${table({ caption: 'Answers, latency and remaining stock by the time from the start', head: ['from', ...names.map(spoken), 'p50 ms', 'p99 ms', 'remaining'], rows: steps })}
${
  buckets.length === 0
    ? null
    : table({
        caption: 'Answers by latency',
        head: ['ms', ...run.histograms.map(({ outcome }) => spoken(outcome))],
        rows: buckets.map(({ bucket, counts }) => [bucket, ...counts]),
      })
}</details>`
}

function generator(run: StressRun, level: Level): Html {
  const {
    threads,
    loop_lag_ms: lag,
    busiest_thread,
    cpus_used,
    peak_memory_mb,
    was_limit,
    reason,
  } = run.generator
  const limit = was_limit ? `Yes${reason === null ? '' : `: ${reason}`}` : 'No, the server set the pace'
  return html`<section>${heading(level, 'Load generator and run')}
<div class="origin">${facts([
    ['Was it the limit?', limit],
    ['Threads', `${number(threads)}, the busiest ${percent(busiest_thread)} busy`],
    ['Processors used', cpus_used.toLocaleString('en-US')],
    ['Event loop late by', `${ms(lag.mean)} ms mean, ${ms(lag.p99)} ms p99, ${ms(lag.max)} ms max`],
    ['Memory at its peak', `${figure(peak_memory_mb)} MB`],
  ])}${facts([
    ['Server', isolated(run.url)],
    ['Strategy', isolated(run.strategy ?? 'not said by the server')],
    ['Authorization', authorizations[run.auth]],
    ['Coupons', isolated(run.coupons.join(', '))],
    ['Stock', `${number(run.stock_before)} before, ${number(run.stock_after)} after`],
    ['Seed', String(run.seed)],
  ])}</div></section>`
}

const authorizations = {
  signed: 'tokens signed with the secret',
  login: 'tokens of a signed-in admin',
  open: 'none, the server is open',
} satisfies Record<StressRun['auth'], string>

function isolated(text: string): Html {
  return html`<span class="isolate">${text}</span>`
}
