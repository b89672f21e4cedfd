import type { OutcomeName } from '../../cli/stress/outcomes.ts'
import type { Ledger } from '../../cli/stress/proof/ledger.ts'
import { createRecords, markEnded, markSent, type Records } from '../../cli/stress/records.ts'
import { type RequestKind, requestKinds } from '../../cli/stress/shape.ts'

/** One request of a run as a test tells it; times in milliseconds. */
export interface PlannedRequest {
  readonly user: number
  /** The first coupon when it is not said. */
  readonly coupon?: number
  /** A claim when it is not said. */
  readonly kind?: RequestKind
  /** Null: it was sent, and there is no answer. Undefined: it was never sent. */
  readonly outcome?: OutcomeName | null
  readonly isUncertain?: boolean
  /** Of a release: the number of the request whose claim it gives back. */
  readonly givesBack?: number
  readonly sentMs?: number
  readonly endedMs?: number
}

/** The books of a run, as if its requests had been sent. */
export function recordsOf(requests: readonly PlannedRequest[]): Records {
  const records = createRecords(requests.length)
  for (const [line, request] of requests.entries()) {
    const { user, coupon = 0, kind = 'claim', outcome, sentMs = line, endedMs = sentMs + 0.5 } = request
    records.users[line] = user
    records.coupons[line] = coupon
    records.kinds[line] = requestKinds.indexOf(kind)
    records.claimLines[line] = request.givesBack === undefined ? 0 : request.givesBack + 1
    records.intendedUs[line] = sentMs * 1000
    if (outcome === undefined) continue
    markSent(records, line, sentMs * 1000)
    if (outcome === null) continue
    const isUncertain = request.isUncertain ?? outcome === 'abandoned'
    const ending = { outcome, status: 0, isUncertain, error: null, example: '' }
    markEnded(records, line, { ending, nowUs: endedMs * 1000 })
  }
  return records
}

/** What is stored of a coupon whose counter is right. */
export function ledgerOf(name: string, amount: number, claimants: readonly string[]): Ledger {
  return { name, amount, remaining_amount: amount - claimants.length, claimants }
}
