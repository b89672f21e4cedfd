import { childDraw } from '../draw.ts'
import type { Draw } from '../fault.ts'
import { type CounterOptions, openCounter } from './counter.ts'

/** Who asks for what. */
export interface Account {
  readonly user: number
  readonly coupon: string
}

/**
 * The coupons on sale: at any time a deep one, which has more units than there are users, and a hot one, which sells
 * out, is asked for a while longer, and is then replaced.
 */
export interface Sales {
  /** Somebody who has not asked for this coupon yet, unless the next one is late. */
  newcomer(draw: Draw): Account
  /** Somebody who may have asked for it before. */
  returner(draw: Draw): Account
  /**
   * Anybody, for the hot coupon that was replaced last. Few others ask for it: a unit that comes back then is there for long,
   * and whoever is still told "sold out" is told so wrongly.
   */
  straggler(draw: Draw): Account
  /** Those on sale now, the deep one first. */
  couponNames(): readonly string[]
  close(): Promise<void>
}

export interface SalesOptions extends Pick<CounterOptions, 'users' | 'draw' | 'makeCoupon'> {
  /** What the coupons' names begin with. */
  readonly prefix: string
}

/** So many newcomers ask for the hot coupon. */
const hotShare = 0.35
const hotAmount = { min: 20, max: 120 }
/** So many newcomers a unit. */
const hotDemand = 2.5

/** Resolves when the first two coupons are made. */
export async function openSales({ users, prefix, draw, makeCoupon }: SalesOptions): Promise<Sales> {
  const [deep, hot] = await Promise.all([
    openCounter({
      users,
      makeCoupon,
      draw: childDraw(draw),
      nameOf: (n) => `${prefix}_DEEP_${n}`,
      drawTerms: () => ({ amount: users + 1, newcomersMax: users }),
    }),
    openCounter({
      users,
      makeCoupon,
      draw: childDraw(draw),
      nameOf: (n) => `${prefix}_HOT_${n}`,
      drawTerms: (by) => {
        const amount = by.between(hotAmount.min, hotAmount.max)
        return { amount, newcomersMax: Math.min(users, Math.ceil(amount * hotDemand)) }
      },
    }),
  ])
  const counterFor = (by: Draw) => (by.next() < hotShare ? hot : deep)

  return {
    newcomer: (by) => {
      const counter = counterFor(by)
      const user = counter.newcomer()
      return { user, coupon: counter.couponName() }
    },
    returner: (by) => {
      const counter = counterFor(by)
      return { user: counter.returner(by), coupon: counter.couponName() }
    },
    straggler: (by) => ({
      user: by.between(0, users - 1),
      coupon: hot.formerName() ?? hot.couponName(),
    }),
    couponNames: () => [deep.couponName(), hot.couponName()],
    close: async () => {
      await Promise.all([deep.close(), hot.close()])
    },
  }
}
