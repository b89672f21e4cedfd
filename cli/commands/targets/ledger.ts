import { AppError } from '../../../server/public/basics.ts'
import type { Ledger } from '../../stress/ledger.ts'

/** The ledger that a read found. Throws `AppError('not_found')` when the coupon was deleted meanwhile. */
export async function ledgerOr(reading: Promise<Ledger | null>, couponName: string): Promise<Ledger> {
  const ledger = await reading
  if (ledger !== null) return ledger
  throw new AppError(
    'not_found',
    `Coupon ${couponName} is gone from the server, so nothing can be proved about it.`,
  )
}
