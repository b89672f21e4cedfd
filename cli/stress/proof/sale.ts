import { agree, count, listed, number } from '../../words.ts'
import type { Group } from './group.ts'
import type { CouponTally } from './tally.ts'

/** The facts about each coupon of a run. */
export type Sale = readonly CouponTally[]

export function total(sale: Sale, figure: (coupon: CouponTally) => number): number {
  return sale.reduce((sum, coupon) => sum + figure(coupon), 0)
}

export function hasReleases(sale: Sale): boolean {
  return total(sale, ({ released, openReleases }) => released + openReleases) > 0
}

type GroupName = {
  [Key in keyof CouponTally]: CouponTally[Key] extends Group ? Key : never
}[keyof CouponTally]

/** Over all coupons; with several of them the example says of which. */
export function groupOf(sale: Sale, name: GroupName): Group {
  const first = sale.find((coupon) => coupon[name].count > 0)
  if (first === undefined) return { count: 0, example: '', circumstances: null }
  const { example, circumstances } = first[name]
  const whole = total(sale, (coupon) => coupon[name].count)
  return { count: whole, example: sale.length > 1 ? `${example} of ${first.name}` : example, circumstances }
}

/** `2 claims are stored for an amount of 2`. */
export function storedOf(sale: Sale): string {
  const rows = total(sale, ({ rowsAfter }) => rowsAfter)
  const amount = number(total(sale, (coupon) => coupon.amount))
  return `${count(rows, 'claim')} ${agree(rows, 'is', 'are')} stored for an amount of ${amount}${overCoupons(sale)}`
}

/** Nothing for a single coupon. */
export function overCoupons(sale: Sale): string {
  return sale.length > 1 ? ` over ${count(sale.length, 'coupon')}` : ''
}

/** The first three of them. */
export function namesOf(sale: Sale): string {
  const names = sale.slice(0, 3).map(({ name }) => name)
  return listed(sale.length > 3 ? [...names, `${number(sale.length - 3)} more`] : names)
}

/** `2 users have WHAT (first user_7)`, or null when there is none. */
export function fault({ count: size, example }: Group, what: string, who = 'user'): string | null {
  return size === 0 ? null : `${count(size, who)} ${agree(size, 'has', 'have')} ${what} (first ${example})`
}

/** A sentence, or null when there is nothing to tell. */
export function faultsOf(faults: readonly (string | null)[]): string | null {
  const found = faults.filter((text) => text !== null)
  return found.length === 0 ? null : `${listed(found)}.`
}
