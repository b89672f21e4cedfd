import type { Pool } from '../db/connect.ts'
import type { SoldOutCoupon, SoldOutSource } from './sold-out.ts'
import { soldOutCoupon, soldOutCoupons } from './sql/sold-out.ts'

/** Coupons of a larger amount are not looked at: to read who has them would take too long. */
const amountMax = 200_000

/** Reads from the database what is sold out. */
export function createSoldOutSource(pool: Pool): SoldOutSource {
  return {
    look: async (couponName) => {
      const values = [couponName, amountMax]
      const { rows } = await pool.query<SoldOutCoupon & { claimants: string[] }>({ ...soldOutCoupon, values })
      return rows[0] ?? null
    },
    check: async (couponNames) => {
      const { rows } = await pool.query<SoldOutCoupon>({ ...soldOutCoupons, values: [couponNames] })
      return rows
    },
  }
}
