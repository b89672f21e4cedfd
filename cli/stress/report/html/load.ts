import { count, listed, number } from '../../../words.ts'
import type { DocumentPlan, StressDocument } from '../document.ts'
import { percent, seconds } from './figures.ts'

/** `Burst of 10,000 users for 500 units`. */
export function loadTitle({ plan, runs }: StressDocument): string {
  const units = runs[0]?.stock_before ?? plan.quota * plan.coupons
  const of = plan.coupons > 1 ? ` of ${count(plan.coupons, 'coupon')}` : ''
  return `${loadOf(plan)} for ${count(units, 'unit')}${of}`
}

export function loadOf({ load, users, attempts }: DocumentPlan): string {
  const by = count(users, 'user')
  const each = attempts > 1 ? `, ${attempts} attempts each,` : ''
  if (load.kind === 'burst') return `Burst of ${by}${each}`
  const rate = load.kind === 'rate' ? number(load.perS) : `${number(load.fromPerS)} to ${number(load.toPerS)}`
  return `${rate} requests/s over ${seconds(load.durationS)} by ${by}`
}

/** What is sent, in shares. */
export function mixOf({ mix }: DocumentPlan): string {
  const total = mix.claim + mix.release + mix.eligibility
  const parts = [
    [mix.claim, 'claims'],
    [mix.release, 'releases'],
    [mix.eligibility, 'eligibility questions'],
  ] as const
  return listed(
    parts.filter(([weight]) => weight > 0).map(([weight, what]) => `${percent(weight / total)} ${what}`),
  )
}

/** Double clicks and clients that leave. */
export function habitsOf({ duplicates, abandon }: DocumentPlan): string {
  const parts = [
    duplicates > 0 ? `${percent(duplicates)} sent twice` : null,
    abandon > 0 ? `${percent(abandon)} abandoned before the answer` : null,
  ]
  return listed(parts.filter((part) => part !== null))
}

/** Where it was sent to: an address that was given, or servers of our own. */
export function serverOf({ plan, runs }: StressDocument): string {
  if (plan.url !== null) return plan.url
  const what = runs.length === 1 ? 'a server of its own' : 'a server of its own for each run'
  return runs.length === 1 && runs[0] !== undefined ? `${what}, ${runs[0].url}` : what
}

export function strategiesOf({ summary }: StressDocument): string {
  return listed(summary.map(({ strategy }) => strategy ?? 'not said by the server'))
}
