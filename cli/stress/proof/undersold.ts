import { agree, count, listed, number } from '../../words.ts'
import { type Finding, fail, pass } from './finding.ts'
import { groupOf, overCoupons, type Sale, total } from './sale.ts'
import type { CouponTally } from './tally.ts'

/**
 * Units that are left although users asked for them: as many as there are users who have none and whose last claim was
 * refused while a unit was certainly left. When nothing is given back, units that are left in the end were there all
 * the time, so that this is everybody who asked and has none.
 */
export function shortfallOf({ stockAfter, turnedAway }: CouponTally): number {
  return Math.min(stockAfter, turnedAway.count)
}

/** Nothing was given back: each user who asks gets a unit, or every unit is sold. */
export function judgeAllAskers(sale: Sale): Finding {
  const newRows = total(sale, (coupon) => coupon.newRows)
  const missing = total(sale, shortfallOf)
  if (missing > 0)
    return fail(
      `Only ${number(newRows)} of ${number(newRows + missing)} possible claims were made: ${refusalsOf(sale)}.`,
    )
  const possible = total(sale, ({ candidates, stockBefore }) => Math.min(candidates, stockBefore))
  const [candidates, stock] = [
    total(sale, (coupon) => coupon.candidates),
    total(sale, ({ stockBefore }) => stockBefore),
  ]
  const terms = `${count(candidates, 'user')} without a claim, ${count(stock, 'unit')} in stock${overCoupons(sale)}`
  return pass(`${number(newRows)} of ${number(possible)} possible claims were made: ${terms}.`)
}

/** Who was refused may have come between two others' release and claim; only a unit that was certainly left counts. */
export function judgeLastRefusals(sale: Sale): Finding {
  const missing = total(sale, shortfallOf)
  const left = total(sale, ({ stockAfter }) => stockAfter)
  if (missing === 0) {
    const [rows, amount] = [total(sale, ({ rowsAfter }) => rowsAfter), total(sale, (coupon) => coupon.amount)]
    const releases = total(sale, ({ released }) => released)
    const sold = `${number(rows)} of ${count(amount, 'unit')}${overCoupons(sale)} ${agree(rows, 'is', 'are')} claimed after ${count(releases, 'release')}`
    const rest = left === 0 ? '' : '; nobody without a claim was refused last while a unit was certainly left'
    return pass(`${sold}${rest}.`)
  }
  const turnedAway = groupOf(sale.filter(shortfallOf), 'turnedAway')
  return fail(
    `At least ${count(missing, 'more claim')} ${agree(missing, 'was', 'were')} possible: ` +
      `${count(turnedAway.count, 'user')} without a claim ${agree(turnedAway.count, 'was', 'were')} refused last while a unit was certainly left ` +
      `(first ${turnedAway.example}), and ${count(left, 'unit')} ${agree(left, 'is', 'are')} left.`,
  )
}

/** Who was turned away although there was something left. */
function refusalsOf(sale: Sale): string {
  const short = sale.filter(shortfallOf)
  const sum = (figure: (coupon: CouponTally) => number) => total(short, figure)
  const [busy, errors, soldOut] = [
    sum((coupon) => coupon.busy),
    sum((coupon) => coupon.errors),
    sum((coupon) => coupon.soldOut),
  ]
  const refused = busy + errors + soldOut
  const left = sum(({ stockAfter }) => stockAfter)
  const reasons = [
    `${number(busy)} busy`,
    `${number(errors)} ${agree(errors, 'error', 'errors')}`,
    `${number(soldOut)} sold out`,
  ]
  return `${count(refused, 'request')} ${agree(refused, 'was', 'were')} refused (${listed(reasons)}) while ${count(left, 'unit')} ${agree(left, 'was', 'were')} left`
}
