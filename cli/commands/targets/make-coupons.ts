import type { CouponApi } from './api.ts'
import type { RoundPlan } from './target.ts'

/** A thousand coupons in a second or two, without a storm of their own. */
const madeAtOnce = 16

export async function makeCoupons(
  api: CouponApi,
  { couponNames, quota }: Pick<RoundPlan, 'couponNames' | 'quota'>,
): Promise<void> {
  for (let from = 0; from < couponNames.length; from += madeAtOnce) {
    const some = couponNames.slice(from, from + madeAtOnce)
    await Promise.all(some.map((name) => api.createCoupon(name, quota)))
  }
}
