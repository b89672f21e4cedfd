import { agree, count, listed, number } from '../words.ts'
import { type Group, type SaleEvidence, type Tally, tallySale } from './tally.ts'

export const checkNames = [
  'not_oversold',
  'not_undersold',
  'one_claim_each',
  'every_win_stored',
  'every_claim_answered',
  'counter_matches',
] as const

export interface Check {
  readonly name: (typeof checkNames)[number]
  readonly passed: boolean
  /** A sentence with the numbers. */
  readonly detail: string
}

type Finding = Omit<Check, 'name'>

/** Was the sale right? Every check is made, whatever the others say. */
export function checkSale(evidence: SaleEvidence): Check[] {
  const tally = tallySale(evidence)
  return checkNames.map((name) => ({ name, ...findings[name](tally) }))
}

const findings = {
  not_oversold: ({ rowsAfter, amount }) => {
    const stored = `${count(rowsAfter, 'claim')} ${agree(rowsAfter, 'is', 'are')} stored for an amount of ${number(amount)}`
    const excess = rowsAfter - amount
    if (excess <= 0) return pass(`${stored}.`)
    return fail(`${stored}: ${number(excess)} too many.`)
  },

  not_undersold: (tally) => {
    const { newRows, stockBefore, candidates } = tally
    const expected = Math.min(candidates, stockBefore)
    const terms = `${count(candidates, 'user')} without a claim, ${count(stockBefore, 'unit')} in stock`
    if (newRows >= expected)
      return pass(`${number(newRows)} of ${number(expected)} possible claims were made: ${terms}.`)
    return fail(
      `Only ${number(newRows)} of ${number(expected)} possible claims were made: ${refusals(tally)}.`,
    )
  },

  one_claim_each: ({ withTwoRows, toldTwice, toldThoughHolding }) => {
    const faults = [
      fault(withTwoRows, 'more than one claim stored'),
      fault(toldTwice, 'been told "claimed" more than once'),
      fault(toldThoughHolding, 'been told "claimed" though holding a claim from before the run'),
    ].filter((text) => text !== null)
    if (faults.length === 0) return pass('No user holds two claims or was told "claimed" twice.')
    return fail(`${listed(faults)}.`)
  },

  every_win_stored: ({ told, toldWithoutRow }) => {
    const missing = fault(toldWithoutRow, 'been told "claimed" without a stored claim')
    if (missing !== null) return fail(`${missing}.`)
    if (told.claimed === 0) return pass('Nobody was told "claimed".')
    return pass(`${count(told.claimed, 'answer')} "claimed", and each has its stored claim.`)
  },

  every_claim_answered: ({ newRows, rowsUntold, rowsOfOutsiders, rowsUncertain }) => {
    const faults = [
      fault(rowsUntold, 'a new claim stored without being told "claimed"'),
      fault(rowsOfOutsiders, 'a new claim stored without taking part in this run', 'outsider'),
    ].filter((text) => text !== null)
    if (faults.length > 0) return fail(`${listed(faults)}.`)
    const open = rowsUncertain.count
    if (open === 0) return pass(`${count(newRows, 'new claim')}, each told to its user.`)
    return pass(
      `${count(newRows, 'new claim')}: ${number(newRows - open)} told to ${agree(newRows - open, 'its user', 'their users')}, ` +
        `${number(open)} behind an error that left the outcome open.`,
    )
  },

  counter_matches: ({ amount, rowsAfter, remaining }) => {
    const expected = amount - rowsAfter
    const sum = `amount ${number(amount)} minus ${count(rowsAfter, 'claim')}`
    if (remaining === expected) return pass(`remaining_amount is ${number(remaining)}: ${sum}.`)
    return fail(`remaining_amount is ${number(remaining)}, but ${sum} makes ${number(expected)}.`)
  },
} satisfies Record<Check['name'], (tally: Tally) => Finding>

/** Who was turned away although there was something left. */
function refusals({ told, stockAfter }: Tally): string {
  const refused = told.busy + told.errors + told.soldOut
  const reasons = [
    `${number(told.busy)} busy`,
    `${number(told.errors)} ${agree(told.errors, 'error', 'errors')}`,
    `${number(told.soldOut)} sold out`,
  ]
  return `${count(refused, 'request')} ${agree(refused, 'was', 'were')} refused (${listed(reasons)}) while ${count(stockAfter, 'unit')} ${agree(stockAfter, 'was', 'were')} left`
}

/** `2 users have WHAT (first user_7)`, or null when there is none. */
function fault({ count: size, example }: Group, what: string, who = 'user'): string | null {
  return size === 0 ? null : `${count(size, who)} ${agree(size, 'has', 'have')} ${what} (first ${example})`
}

function pass(detail: string): Finding {
  return { passed: true, detail }
}

function fail(detail: string): Finding {
  return { passed: false, detail }
}
