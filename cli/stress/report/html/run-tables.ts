import { number } from '../../../words.ts'
import { outcomeNames } from '../../outcomes.ts'
import { type LatencyByOutcome, type LatencySummary, latencyFigures, type StressRun } from '../document.ts'
import { histogramRows } from './charts/latency.ts'
import { ms, percent, seconds, spoken } from './figures.ts'
import { type Html, html } from './markup.ts'
import { table } from './parts.ts'

const titles = latencyFigures.map((column) => column.replace('_', '.'))

export function latencyTable({ outcomes, requests, latency_ms }: StressRun): Html {
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

export function serviceTable({ service_ms, outcomes }: StressRun): Html | null {
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
  return latencyFigures.map((column) => ms(summary?.[column]))
}

/** The charts once more, as tables. */
export function chartFigures(run: StressRun): Html | null {
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
