import { findings } from './findings.ts'
import { total } from './sale.ts'
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

export interface SaleProof {
  /** Every check is made, whatever the others say. */
  readonly checks: readonly Check[]
  /** Units that could have been handed out to users who asked for them, and were not. */
  readonly undersold: number
  /** Units handed out beyond the amount. */
  readonly oversold: number
}

/** Was the sale right, and if not, by how many units? */
export function proveSale(evidence: SaleEvidence): SaleProof {
  const sale = tallySale(evidence)
  return {
    checks: checkNames.map((name) => ({ name, ...findings[name](sale) })),
    undersold: total(sale, shortfallOf),
    oversold: total(sale, ({ rowsAfter, amount }) => Math.max(0, rowsAfter - amount)),
  }
}
