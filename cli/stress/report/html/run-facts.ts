import { number } from '../../../words.ts'
import type { StressError, StressRun } from '../document.ts'
import { figure, ms, percent } from './figures.ts'
import { type Html, html } from './markup.ts'
import { facts, heading, type Level, table } from './parts.ts'

export function errorSet(errors: readonly StressError[], level: Level): Html {
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

/** How the load generator itself fared, and what this run was of. */
export function generator(run: StressRun, level: Level): Html {
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
