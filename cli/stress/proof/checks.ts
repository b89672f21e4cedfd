import { findings } from './findings.ts'
import type { Ledger } from './ledger.ts'
import { type SaleEvidence, tallySale } from './tally.ts'
import { shortfallOf } from './undersold.ts'

export type { SaleEvidence } from './tally.ts'

export const checkNames = [
  'not_oversold',
  'not_undersold',
  'no_false_sold_out',
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

/** Was the sale right? Every check is made, whatever the others say. */
export function checkSale(evidence: SaleEvidence): Check[] {
  const sale = tallySale(evidence)
  return checkNames.map((name) => ({ name, ...findings[name](sale) }))
}

/** Units that could have been handed out to users who asked for them, and were not. */
export function undersoldUnits(evidence: SaleEvidence): number {
  return tallySale(evidence).reduce((sum, coupon) => sum + shortfallOf(coupon), 0)
}

/** Units handed out beyond the amount. */
export function oversoldUnits({ after }: Pick<SaleEvidence, 'after'>): number {
  const excess = ({ amount, claimants }: Ledger) => Math.max(0, claimants.length - amount)
  return after.reduce((sum, ledger) => sum + excess(ledger), 0)
}
