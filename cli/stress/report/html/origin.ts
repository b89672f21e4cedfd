import { number } from '../../../words.ts'
import type { StressDocument } from '../document.ts'
import { figure, instant, seconds } from './figures.ts'
import { habitsOf, loadOf, mixOf, serverOf, strategiesOf } from './load.ts'
import { type Html, html } from './markup.ts'
import { facts, heading, type Level, table } from './parts.ts'

type Fact = readonly [string, string]

/** What a run of the same load on the same machine depends on; without a value where there is nothing to say. */
function factsOf(document: StressDocument): { load: Fact[]; machine: Fact[] } {
  const { plan, environment, tool } = document
  return {
    load: [
      ['Load', loadOf(plan)],
      ['Sent', mixOf(plan)],
      ['Habits of clients', habitsOf(plan)],
      ['Coupons', `${number(plan.coupons)}, ${number(plan.quota)} units each`],
      ['Server', serverOf(document)],
      ['Strategies', strategiesOf(document)],
      [
        'Connections',
        `${number(plan.connections)}, ${plan.is_cold ? 'opened by the load itself' : 'opened before it'}`,
      ],
      ['Threads that send', number(plan.threads)],
      ['Warm-up', plan.warmup_s > 0 ? seconds(plan.warmup_s) : 'none'],
      ['Repeats', number(plan.repeat)],
      ['Seed', String(plan.seed)],
    ],
    machine: [
      ['Processor', environment.cpu ?? 'not known'],
      ['Processors', number(environment.cpus)],
      ['Memory', `${figure(environment.memory_gb)} GB`],
      ['System', environment.os],
      ['Node', environment.node],
      ['Postgres', environment.postgres ?? 'not known'],
      ['Redis', environment.redis ?? 'none, or not known'],
      ['coupon', tool.version],
      ['Begun', instant(document.created_at)],
    ],
  }
}

/** The load, the machine, the versions, and the command that does it again. */
export function origin(document: StressDocument, level: Level): Html {
  const { load, machine } = factsOf(document)
  return html`<section>${heading(level, 'How it was made')}
<div class="origin">${facts(load)}${facts(machine)}</div>
<p>The same again:</p>
<pre class="command" tabindex="0"><code>${document.command}</code></pre></section>`
}

/** What is not the same in all of them, and so may be why their figures differ. */
export function differences(
  documents: readonly StressDocument[],
  labels: readonly string[],
  level: Level,
): Html {
  const columns = documents.map((document) => {
    const { load, machine } = factsOf(document)
    return [...load, ...machine]
  })
  const terms = columns[0]?.map(([term]) => term) ?? []
  const rows = terms
    .map((term, row) => [term, ...columns.map((facts) => facts[row]?.[1] || '–')])
    .filter(([, ...values]) => new Set(values).size > 1)
  const title = heading(level, 'What differs')
  if (rows.length === 0)
    return html`<section>${title}<p>Nothing: the same load on the same machine.</p></section>`
  const wordColumns = labels.map((_, index) => index + 1)
  return html`<section>${title}
${table({ caption: 'Where load, machine or versions are not the same', head: ['', ...labels], rows, wordColumns })}</section>`
}
