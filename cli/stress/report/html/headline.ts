import { count, number } from '../../../words.ts'
import type { StressRun } from '../document.ts'
import { shortcomingsOf } from '../shortcomings.ts'
import { figure, ms, seconds } from './figures.ts'
import { type Html, html } from './markup.ts'

/** The six figures that people ask for first, and what was not as planned. */
export function headline(run: StressRun): Html {
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
  const notes = shortcomingsOf(run.requests, run.service_ms !== null).map(({ sentence }) => sentence)
  return notes.length === 0
    ? null
    : html`<ul class="notes">${notes.map((note) => html`<li>${note}</li>`)}</ul>`
}
