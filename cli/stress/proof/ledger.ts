/** What is stored of one coupon at one moment, in the API's words. */
export interface Ledger {
  readonly name: string
  readonly amount: number
  readonly remaining_amount: number
  /** The username of each live claim, held or confirmed, one entry a claim; what was given back is not there. */
  readonly claimants: readonly string[]
}

/** Units that no stored claim has taken. The claims decide, since the counter is one of the things on trial. */
export function stockOf(ledger: Ledger): number {
  return Math.max(0, ledger.amount - ledger.claimants.length)
}
