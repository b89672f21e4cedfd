import { number } from '../../../words.ts'
import type { RunSummary, Spread, StressDocument, StressRun } from '../document.ts'
import { figure, ms } from './figures.ts'
import { type Content, type Html, html } from './markup.ts'
import { below, type ChartList, heading, type Level, mark, table } from './parts.ts'
import { proofOfRun } from './proof.ts'
import { runBody } from './run.ts'
import { runLabel } from './verdict.ts'

export interface RunsPage {
  readonly document: StressDocument
  /** Of this report on the page: begins the ids of its runs. */
  readonly key: string
  readonly level: Level
  readonly charts: ChartList
}

/** All runs in a table, which chooses the one that is shown below it. Without scripts all of them are. */
export function severalRuns(page: RunsPage): Content {
  const { document, key, level } = page
  const { runs } = document
  const shown = Math.max(
    0,
    runs.findIndex(({ passed }) => !passed),
  )
  return [
    html`<section>${heading(level, 'Runs')}
<p class="muted">In the order in which they ran. Choose one to see its figures below.</p>
${runsTable(document, key)}${spreadTable(document)}</section>`,
    html`<div class="runs">${runs.map((run, index) => oneRun(run, index, { ...page, isShown: index === shown }))}</div>`,
  ]
}

function oneRun(
  run: StressRun,
  index: number,
  { document, key, level, charts, isShown }: RunsPage & { readonly isShown: boolean },
): Html {
  const id = `${key}-run-${index + 1}`
  const title = `${index + 1} of ${document.runs.length}: ${runLabel(run, document)}`
  return html`<section class="run${isShown && ' chosen'}" id="${id}" aria-label="Run ${title}">
${heading(level, html`Run ${title}`)}
${proofOfRun(run, below(level))}
${runBody({ run, key: id, level: below(level), charts })}</section>
`
}

function runsTable(document: StressDocument, key: string): Html {
  const rows = document.runs.map((run, index) => [
    html`<a href="#${key}-run-${index + 1}">${index + 1}. ${runLabel(run, document)}</a>${run.interrupted && ' (interrupted)'}`,
    mark(run.passed),
    number(run.seed),
    figure(run.throughput.claims_per_s),
    figure(run.throughput.requests_per_s),
    ms(run.latency_ms.all?.p50),
    ms(run.latency_ms.all?.p99),
    number(run.outcomes.claimed - run.outcomes.released),
    number(run.outcomes.error),
  ])
  const head = ['run', 'proof', 'seed', 'claims/s', 'requests/s', 'p50 ms', 'p99 ms', 'sold', 'errors']
  return table({ caption: 'Every run', head, rows, wordColumns: [1] })
}

function spreadTable({ summary }: StressDocument): Html | null {
  if (!summary.some(({ runs }) => runs > 1)) return null
  const rows = summary.flatMap((one) =>
    (['median', 'min', 'max'] as const).map((which) => spreadRow(one, which)),
  )
  const head = ['', 'runs', 'claims/s', 'requests/s', 'p50 ms', 'p99 ms', 'errors']
  return table({ caption: 'Median and spread over the repeats', head, rows })
}

function spreadRow(one: RunSummary, which: keyof Spread): Content[] {
  const name = one.strategy === null ? which : `${one.strategy}, ${which}`
  return [
    which === 'median' ? html`<strong>${name}</strong>` : name,
    number(one.runs),
    figure(one.claims_per_s[which]),
    figure(one.requests_per_s[which]),
    ms(one.p50_ms?.[which]),
    ms(one.p99_ms?.[which]),
    figure(one.errors[which]),
  ]
}
