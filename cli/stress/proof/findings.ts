import { agree, count, listed, number } from '../../words.ts'
import { type Finding, fail, pass } from './finding.ts'
import type { Group } from './group.ts'
import {
  fault,
  faultsOf,
  groupOf,
  hasReleases,
  namesOf,
  overCoupons,
  type Sale,
  storedOf,
  total,
} from './sale.ts'
import type { CouponTally } from './tally.ts'
import { judgeAllAskers, judgeLastRefusals } from './undersold.ts'

/** One sentence with its numbers for each check. */
export const findings = {
  not_oversold: (sale) => {
    const stored = storedOf(sale)
    const over = sale.filter(({ rowsAfter, amount }) => rowsAfter > amount)
    const excess = total(over, ({ rowsAfter, amount }) => rowsAfter - amount)
    if (excess === 0) return pass(`${stored}.`)
    return fail(`${stored}: ${number(excess)} too many${sale.length > 1 ? ` (${namesOf(over)})` : ''}.`)
  },

  not_undersold: (sale) => (hasReleases(sale) ? judgeLastRefusals(sale) : judgeAllAskers(sale)),

  no_false_sold_out: (sale) => {
    const [told, wrong] = [total(sale, ({ soldOut }) => soldOut), groupOf(sale, 'falselySoldOut')]
    if (told === 0) return pass('Nobody was told "sold_out".')
    if (wrong.count === 0)
      return pass(
        `${count(told, 'answer')} "sold_out", and ${agree(told, 'it', 'none')} ${agree(told, 'was not', 'was')} given while a unit was certainly left.`,
      )
    return fail(
      `${number(wrong.count)} of ${count(told, 'answer')} "sold_out" ${agree(wrong.count, 'was', 'were')} given while a unit was certainly left${circumstancesOf(sale, wrong)}.`,
    )
  },

  one_claim_each: (sale) => {
    const twice = hasReleases(sale)
      ? 'been told "claimed" again before giving the first claim back'
      : 'been told "claimed" more than once'
    const faults = faultsOf([
      fault(groupOf(sale, 'withTwoRows'), 'more than one claim stored'),
      fault(groupOf(sale, 'toldTwice'), twice),
      fault(
        groupOf(sale, 'toldThoughHolding'),
        'been told "claimed" though holding a claim from before the run',
      ),
    ])
    if (faults !== null) return fail(faults)
    const what = sale.length > 1 ? 'two claims of one coupon' : 'two claims'
    const unless = hasReleases(sale) ? ' without a release between' : ''
    return pass(`No user holds ${what} or was told "claimed" twice${unless}.`)
  },

  every_win_stored: (sale) => {
    const faults = faultsOf([
      fault(groupOf(sale, 'toldWithoutRow'), 'been told "claimed" without a stored claim'),
    ])
    if (faults !== null) return fail(faults)
    const claimed = total(sale, (coupon) => coupon.claimed)
    if (claimed === 0) return pass('Nobody was told "claimed".')
    const [back, gone] = [
      total(sale, ({ released }) => released),
      total(sale, ({ goneUnanswered }) => goneUnanswered),
    ]
    if (back + gone === 0)
      return pass(`${count(claimed, 'answer')} "claimed", and each has its stored claim.`)
    const stored = claimed - back - gone
    const parts = [
      `${number(stored)} ${agree(stored, 'has its', 'have their')} stored claim`,
      ...(back > 0 ? [`${number(back)} ${agree(back, 'was', 'were')} given back`] : []),
      ...(gone > 0 ? [`${number(gone)} may have been given back by a release without an answer`] : []),
    ]
    return pass(`${count(claimed, 'answer')} "claimed": ${listed(parts)}.`)
  },

  every_claim_answered: (sale) => {
    const faults = faultsOf([
      fault(groupOf(sale, 'rowsUntold'), 'a new claim stored without being told "claimed"'),
      fault(groupOf(sale, 'rowsGivenBack'), 'a claim stored though each one told was told "released"'),
      fault(
        groupOf(sale, 'rowsOfOutsiders'),
        'a new claim stored without taking part in this run',
        'outsider',
      ),
    ])
    if (faults !== null) return fail(faults)
    const newRows = total(sale, (coupon) => coupon.newRows)
    const open = groupOf(sale, 'rowsUncertain').count
    if (open === 0) return pass(`${count(newRows, 'new claim')}, each told to its user.`)
    const told = newRows - open
    return pass(
      `${count(newRows, 'new claim')}: ${number(told)} told to ${agree(told, 'its user', 'their users')}, ` +
        `${number(open)} behind a request that left the outcome open.`,
    )
  },

  counter_matches: (sale) => {
    const wrong = sale.filter((coupon) => coupon.remaining !== expectedOf(coupon))
    const [first] = wrong
    if (first === undefined)
      return pass(
        `remaining_amount is ${number(total(sale, ({ remaining }) => remaining))}${overCoupons(sale)}: ` +
          `amount ${number(total(sale, ({ amount }) => amount))} minus ${count(
            total(sale, ({ rowsAfter }) => rowsAfter),
            'claim',
          )}.`,
      )
    const sum = `amount ${number(first.amount)} minus ${count(first.rowsAfter, 'claim')} makes ${number(expectedOf(first))}`
    const others =
      wrong.length > 1
        ? `; ${count(wrong.length - 1, 'other coupon')} ${agree(wrong.length - 1, 'is', 'are')} wrong too`
        : ''
    return fail(
      `remaining_amount${sale.length > 1 ? ` of ${first.name}` : ''} is ${number(first.remaining)}, but ${sum}${others}.`,
    )
  },
} satisfies Record<string, (sale: Sale) => Finding>

/** How it was for the first of them. */
function circumstancesOf(sale: Sale, { example, circumstances }: Group): string {
  if (circumstances === null) return ''
  const [heldAtMost, atS] = [circumstances.heldAtMost, (circumstances.atUs / 1_000_000).toFixed(3)]
  const coupon = sale.find(({ falselySoldOut }) => falselySoldOut.circumstances === circumstances)
  return ` (first to ${example} at ${atS} s, when at most ${number(heldAtMost)} of ${count(coupon?.amount ?? 0, 'unit')} can have been held)`
}

function expectedOf({ amount, rowsAfter }: CouponTally): number {
  return amount - rowsAfter
}
