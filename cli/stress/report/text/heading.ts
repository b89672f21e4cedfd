import type { ChalkInstance } from 'chalk'
import { count, listed, number } from '../../../words.ts'
import type { DocumentPlan, StressDocument } from '../document.ts'
import { wrap } from '../wrap.ts'
import { percent, seconds } from './figures.ts'

/** What was stormed, with what load, from where. */
export function heading(document: StressDocument, colour: ChalkInstance): string {
  const details = [extras(document.plan), server(document), client(document)].map((parts) =>
    parts.filter((part) => part !== null).join(' · '),
  )
  return [
    ...wrap(`${subject(document)} · ${load(document.plan)}${stock(document)}`).map((line) =>
      colour.bold(line),
    ),
    ...details
      .filter((line) => line !== '')
      .flatMap((line) => wrap(line))
      .map((line) => colour.dim(line)),
  ].join('\n')
}

function subject({ runs, plan, summary }: StressDocument): string {
  const [run] = runs
  if (run === undefined) return 'no run'
  if (runs.length === 1) {
    const more = plan.coupons - run.coupons.length
    return more > 0 ? `${run.coupons.join(', ')} and ${number(more)} more` : listed(run.coupons)
  }
  if (summary.length === 1) return count(runs.length, 'run')
  const each = plan.repeat > 1 ? `, ${plan.repeat} runs each` : ''
  return `${listed(summary.map(({ strategy }) => strategy ?? 'server'))}${each}`
}

function load({ load, users, attempts }: DocumentPlan): string {
  const by = count(users, 'user')
  if (load.kind === 'burst') return `burst of ${by} x ${count(attempts, 'attempt')}`
  const rate = load.kind === 'rate' ? number(load.perS) : `${number(load.fromPerS)} to ${number(load.toPerS)}`
  return `${rate} requests/s for ${seconds(load.durationS)} by ${by}`
}

function stock({ runs, plan }: StressDocument): string {
  const [run] = runs
  if (run === undefined) return ''
  const units = ` for ${count(run.stock_before, 'unit')}`
  return plan.coupons > 1 ? `${units} of ${count(plan.coupons, 'coupon')}` : units
}

function extras({ mix, duplicates, abandon, warmup_s }: DocumentPlan): (string | null)[] {
  const total = mix.claim + mix.release + mix.eligibility
  const isMixed = mix.claim < total
  const share = (weight: number, what: string) => (weight > 0 ? [`${percent(weight / total)} ${what}`] : [])
  const parts = [
    ...share(mix.claim, 'claims'),
    ...share(mix.release, 'releases'),
    ...share(mix.eligibility, 'eligibility'),
  ]
  return [
    isMixed ? parts.join(', ') : null,
    duplicates > 0 ? `${percent(duplicates)} sent twice` : null,
    abandon > 0 ? `${percent(abandon)} abandoned before the answer` : null,
    warmup_s > 0 ? `after ${seconds(warmup_s)} of warm-up` : null,
  ]
}

function server({ runs, plan, environment }: StressDocument): (string | null)[] {
  const [run] = runs
  const strategies = [...new Set(runs.map(({ strategy }) => strategy))]
  const url = plan.url ?? (runs.length === 1 ? run?.url : null)
  return [
    url ?? 'a server of our own for each run',
    strategies.length === 1 && run?.strategy ? `strategy ${run.strategy}` : null,
    environment.postgres === null ? null : `Postgres ${environment.postgres}`,
    environment.redis === null ? null : `Redis ${environment.redis}`,
  ]
}

function client({ plan, environment }: StressDocument): string[] {
  return [
    `${count(plan.connections, plan.is_cold ? 'cold connection' : 'connection')}`,
    count(plan.threads, 'thread'),
    `seed ${plan.seed}`,
    `Node ${environment.node}`,
    count(environment.cpus, 'CPU'),
  ]
}
