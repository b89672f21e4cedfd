/**
 * What a coupon is at this moment, the first that fits: ended, paused, upcoming, sold_out, active. The
 * database's clock decides, as it does for a claim, so that the two never differ.
 */
export const couponStates = ['upcoming', 'active', 'paused', 'ended', 'sold_out'] as const

export type CouponState = (typeof couponStates)[number]

/** An expression over one row of `coupons`. Not now(): that is when the transaction began, perhaps before a wait. */
export const stateSql = `CASE
  WHEN ends_at <= statement_timestamp() THEN 'ended'
  WHEN paused THEN 'paused'
  WHEN starts_at > statement_timestamp() THEN 'upcoming'
  WHEN remaining_amount = 0 THEN 'sold_out'
  ELSE 'active'
END`
