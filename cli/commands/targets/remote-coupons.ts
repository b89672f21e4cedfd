import { AppError, messageOf } from '../../../server/public/basics.ts'
import type { StressPlan } from '../../stress/plan.ts'
import { type Ledger, stockOf } from '../../stress/proof/ledger.ts'
import { count, listed, number } from '../../words.ts'
import type { CouponApi } from './api.ts'
import { makeCoupons } from './make-coupons.ts'
import type { RoundPlan, TargetContext } from './target.ts'

export type RemotePlan = StressPlan & { readonly url: string }

/** The coupons of a storm at a server that is somebody's. */
export interface RemoteCoupons {
  /** Throws `AppError('invalid')` when the coupon that is named cannot be stormed as the plan says. Changes nothing. */
  check(): Promise<void>
  /** Those of one round; what exists is used only where it was named. Throws `AppError('invalid')` before it makes any. */
  make(round: Pick<RoundPlan, 'couponNames' | 'quota'>): Promise<void>
}

export interface RemoteCouponsParts {
  readonly api: CouponApi
  /** For what is done when everything else is over. */
  readonly apiAtEnd: () => CouponApi
  readonly context: TargetContext
}

/** How the plan names the coupon of a warm-up, of which nothing is proved. */
const warmUpName = /_WARMUP$/

export function createRemoteCoupons(plan: RemotePlan, parts: RemoteCouponsParts): RemoteCoupons {
  const { api, apiAtEnd, context } = parts
  const isSingle = plan.repeat === 1 && plan.shape.coupons === 1

  function isAdopted(name: string): boolean {
    return isSingle && plan.isCouponGiven && name === plan.coupon
  }

  async function deleteAtEnd(name: string): Promise<void> {
    try {
      await apiAtEnd().deleteCoupon(name)
    } catch (error) {
      context.announce(`The warm-up's coupon ${name} stays at ${plan.url}: ${messageOf(error)}`)
    }
  }

  function announceMade(names: readonly string[]): void {
    const warmUps = names.filter((name) => warmUpName.test(name) && name !== plan.coupon)
    for (const name of warmUps) {
      context.lifecycle.push(`the coupon ${name}`, () => deleteAtEnd(name))
    }
    const kept = names.filter((name) => !warmUps.includes(name))
    if (kept.length === 0) return
    const shown = kept.length > 3 ? [...kept.slice(0, 3), `${number(kept.length - 3)} more`] : kept
    context.announce(`Made ${listed(shown)} at ${plan.url}; what was made stays there to be looked at.`)
  }

  return {
    check: async () => {
      const existing = await api.findCoupon(plan.coupon)
      if (existing === null) return
      if (isAdopted(plan.coupon)) return checkStock(plan, existing)
      throw taken(plan, [plan.coupon])
    },

    make: async ({ couponNames, quota }) => {
      const existing: string[] = []
      for (const name of couponNames) if ((await api.findCoupon(name)) !== null) existing.push(name)
      const others = existing.filter((name) => !isAdopted(name))
      if (others.length > 0) throw taken(plan, others)
      const missing = couponNames.filter((name) => !existing.includes(name))
      await makeCoupons(api, { couponNames: missing, quota })
      announceMade(missing)
    },
  }
}

function checkStock({ coupon, quota, isQuotaGiven }: RemotePlan, existing: Ledger): void {
  const stock = stockOf(existing)
  if (!isQuotaGiven || quota === stock) return
  throw new AppError(
    'invalid',
    `--quota: got ${number(quota)}, but coupon ${coupon} exists with ${count(stock, 'unit')} left; ` +
      'leave --quota out to storm those, or name a coupon that does not exist.',
  )
}

function taken({ url, repeat, shape }: RemotePlan, names: readonly string[]): AppError {
  const why =
    repeat > 1 || shape.coupons > 1
      ? `, and ${repeat > 1 ? count(repeat, 'run') : count(shape.coupons, 'coupon')} need new ones`
      : ', and this run needs a new one'
  return new AppError(
    'invalid',
    `--coupon: ${names[0]} exists at ${url} already${why}; name a coupon that does not exist.`,
  )
}
