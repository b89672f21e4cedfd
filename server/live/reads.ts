import type { Pool } from '../db/connect.ts'
import {
  changedCoupons,
  couponByName,
  recentClaims,
  recentClaimsOfCoupon,
  recentClaimsOfUsers,
  stockCurve,
} from './sql.ts'
import type { Curve, ReadCurve } from './watch.ts'

/** A coupon as it is told. */
export interface CouponLine {
  readonly name: string
  readonly amount: number
  readonly remaining_amount: number
  /** Units that are held: taken, and not confirmed yet. */
  readonly held: number
  readonly state: string
  readonly starts_at: Date | null
  readonly ends_at: Date | null
}

export interface CouponRow extends CouponLine {
  readonly id: string
  readonly is_deleted: boolean
}

/** A claim as it is told; `at` is its last change, in milliseconds since 1970. */
export interface RecentClaim {
  readonly id: string
  readonly coupon: string
  readonly username: string
  readonly state: string
  readonly at: number
}

/** Coupons that are shown at once. */
export const couponsMax = 200
export const recentMax = 50
/** Changes to claims of all users who watch, that one look finds. */
const ownMax = 1000

/** What is seen live, as it is stored. `withinMs` asks for what has changed of late, null for all. */
export interface Reads {
  /** The latest change first, at most `couponsMax`; deleted ones too when it is asked for changes. */
  coupons(withinMs: number | null): Promise<readonly CouponRow[]>
  coupon(name: string): Promise<CouponRow | null>
  /** The latest change first, at most `recentMax`; of one coupon or of all. */
  recent(couponName: string | null): Promise<readonly RecentClaim[]>
  recentOf(usernames: readonly string[], withinMs: number | null): Promise<readonly RecentClaim[]>
}

export function createReads(pool: Pool): Reads {
  return {
    coupons: async (withinMs) => {
      const values = [withinMs, couponsMax]
      return (await pool.query<CouponRow>({ ...changedCoupons, values })).rows
    },
    coupon: async (name) => {
      const { rows } = await pool.query<CouponRow>({ ...couponByName, values: [name] })
      return rows[0] ?? null
    },
    recent: async (couponName) => {
      const query =
        couponName === null
          ? { ...recentClaims, values: [recentMax] }
          : { ...recentClaimsOfCoupon, values: [couponName, recentMax] }
      return (await pool.query<RecentClaim>(query)).rows
    },
    recentOf: async (usernames, withinMs) => {
      const values = [usernames, withinMs, withinMs === null ? recentMax : ownMax]
      return (await pool.query<RecentClaim>({ ...recentClaimsOfUsers, values })).rows
    },
  }
}

export const curvePointsMax = 500

interface CurveRow {
  readonly coupon: string
  readonly amount: number
  readonly at: Date
  readonly remaining: number
}

export function createReadCurve(pool: Pool): ReadCurve {
  return async (couponName): Promise<Curve | null> => {
    const { rows } = await pool.query<CurveRow>({ ...stockCurve, values: [couponName, curvePointsMax] })
    const [first] = rows
    if (first === undefined) return null
    const points = rows.map(({ at, remaining }) => ({ at, remaining }))
    return { coupon: first.coupon, amount: first.amount, points }
  }
}
