import type { Coupon } from '../db/models/coupon.ts'
import { audienceOf } from './audience.ts'
import type { CouponState } from './state.ts'
import type { Audience } from './terms.ts'

/** Everything about a coupon but who has it. */
export interface CouponSummary {
  readonly name: string
  readonly amount: number
  readonly remaining_amount: number
  /** Units taken by live claims: `amount - remaining_amount`. */
  readonly claimed_count: number
  readonly state: CouponState
  readonly starts_at: Date | null
  readonly ends_at: Date | null
  readonly paused: boolean
  /** Whether one who gave it back may claim it again. */
  readonly reclaimable: boolean
  readonly audience: Audience
}

/** Of a row that was read with its `state`. */
export function summaryOf(coupon: Coupon): CouponSummary {
  const { name, amount, remaining_amount, starts_at, ends_at, paused, reclaimable } = coupon
  return {
    name,
    amount,
    remaining_amount,
    claimed_count: amount - remaining_amount,
    state: coupon.get('state') as CouponState,
    starts_at,
    ends_at,
    paused,
    reclaimable,
    audience: audienceOf(coupon),
  }
}
