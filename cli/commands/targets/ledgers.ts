import { AppError } from '../../../server/public/basics.ts'
import { type Pool, readLedgers } from '../../../server/public/database.ts'
import type { Ledger } from '../../stress/proof/ledger.ts'
import type { CouponApi } from './api.ts'

/** What the database holds of these coupons, all of one moment. Throws `AppError('not_found')` when one is gone. */
export async function ledgersIn(pool: Pool, couponNames: readonly string[]): Promise<Ledger[]> {
  const ledgers = await readLedgers(pool, couponNames)
  const found = new Map(ledgers.map((ledger) => [ledger.name, ledger]))
  return couponNames.map((name) => found.get(name) ?? gone(name))
}

/** What the API tells of them, one after the other. Throws `AppError('not_found')` when one is gone. */
export async function ledgersOf(api: CouponApi, couponNames: readonly string[]): Promise<Ledger[]> {
  const ledgers: Ledger[] = []
  for (const name of couponNames) ledgers.push((await api.findCoupon(name)) ?? gone(name))
  return ledgers
}

function gone(couponName: string): never {
  throw new AppError(
    'not_found',
    `Coupon ${couponName} is gone from the server, so nothing can be proved about it.`,
  )
}
