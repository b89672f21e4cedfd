import type { Pool } from '../db/connect.ts'
import { soldOutCoupon, soldOutCoupons } from './sql/sold-out.ts'

/** A coupon that is sold out to everybody, as the database had it. */
export interface SoldOutCoupon {
  readonly id: string
  readonly name: string
  /** Changes with every change of the coupon. */
  readonly version: string
  /** After so many milliseconds it may be otherwise without anybody's doing; null when not. */
  readonly lasts_ms: number | null
}

/** With the usernames of those who have it. */
export interface FoundCoupon extends SoldOutCoupon {
  readonly claimants: readonly string[]
}

/** Where the facts come from. */
export interface SoldOutSource {
  /** Null when it is not sold out to everybody, or too large to be remembered. */
  look(couponName: string): Promise<FoundCoupon | null>
  /** Which of these coupons are still sold out. */
  check(couponNames: readonly string[]): Promise<readonly SoldOutCoupon[]>
}

/** Coupons of a larger amount are not looked at: to read who has them would take too long. */
const amountMax = 200_000

/** Reads from the database what is sold out. */
export function createSoldOutSource(pool: Pool): SoldOutSource {
  return {
    look: async (couponName) => {
      const { rows } = await pool.query<FoundCoupon>({ ...soldOutCoupon, values: [couponName, amountMax] })
      return rows[0] ?? null
    },
    check: async (couponNames) => {
      const { rows } = await pool.query<SoldOutCoupon>({ ...soldOutCoupons, values: [couponNames] })
      return rows
    },
  }
}
