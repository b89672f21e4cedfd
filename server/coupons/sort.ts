/** By what a list of coupons can be ordered; with a `-` the other way round. */
export const couponSortKeys = ['name', 'created_at', 'amount', 'remaining', 'starts_at', 'ends_at'] as const

export type CouponSortKey = (typeof couponSortKeys)[number]
export type CouponSort = CouponSortKey | `-${CouponSortKey}`

export const couponSorts = couponSortKeys.flatMap((key): CouponSort[] => [key, `-${key}`])
