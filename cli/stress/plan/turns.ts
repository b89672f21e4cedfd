import { canonicalCouponName } from '../coupon-name.ts'
import { createRandom, shuffle } from '../engine/order.ts'
import type { StressPlan } from '../plan.ts'
import type { ScriptShape } from '../shape.ts'
import { stressLimits } from './limits.ts'

/** One run of a plan. */
export interface Turn {
  /** From 0. */
  readonly repeat: number
  /** Null leaves it to the configuration, or to the server of `--url`. */
  readonly strategy: string | null
}

/**
 * The runs in their order. What comes first finds a colder machine, so each repeat shuffles the strategies anew, by
 * the plan's seed.
 */
export function turnsOf({ repeat, strategies, shape }: StressPlan): Turn[] {
  const random = createRandom(shape.seed)
  return Array.from({ length: repeat }, (_, round) => {
    const order = shuffle(Uint32Array.from(strategies.keys()), random)
    return [...order].map((position) => ({ repeat: round, strategy: strategies[position] ?? null }))
  }).flat()
}

/** What decides a run's names; a reading has it before there is a plan. */
export type NamedPlan = Pick<StressPlan, 'coupon' | 'isCouponGiven' | 'repeat' | 'strategies'> & {
  readonly shape: Pick<ScriptShape, 'coupons' | 'seed'>
}

/** The coupons of one run: those of another run have other names, so that each begins with its whole stock. */
export function couponNamesOf(plan: NamedPlan, turn: Turn): string[] {
  const name = runNameOf(plan, turn)
  const { coupons } = plan.shape
  if (coupons === 1) return [name]
  return Array.from({ length: coupons }, (_, index) => `${name}_${index + 1}`)
}

/** Of a coupon that is given, the warm-up's is new with every seed, for it has no stock left when it was used before. */
export function warmupNameOf(plan: NamedPlan, turn: Turn): string {
  const own = plan.isCouponGiven ? `_${plan.shape.seed.toString(16).toUpperCase()}` : ''
  return `${runNameOf(plan, turn)}${own}_WARMUP`
}

function runNameOf({ coupon, repeat, strategies }: NamedPlan, turn: Turn): string {
  const strategy = strategies.length > 1 ? `_${canonicalCouponName(turn.strategy ?? '')}` : ''
  return `${coupon}${strategy}${repeat > 1 ? `_R${turn.repeat + 1}` : ''}`
}

/** What one run sends: each repeat has a seed of its own, and every strategy in it the same. */
export function shapeOf({ shape }: StressPlan, { repeat }: Turn): ScriptShape {
  return { ...shape, seed: (shape.seed + repeat) % (stressLimits.seed + 1) }
}

/** More than any server answers, so that time ends a burst's warm-up and not its requests; 1.6 MB a second. */
const warmupPerS = 50_000
/** Half of the limit, for each of them may have a duplicate. */
const warmupRequestsMax = stressLimits.requests / 2

/** The same kind of load for as long as the warm-up takes; a ramp's at its mean rate. */
export function warmupShapeOf({ shape, warmupS }: StressPlan): ScriptShape {
  const { load, users } = shape
  if (load.kind === 'burst') {
    const requests = Math.min(warmupS * warmupPerS, warmupRequestsMax)
    return { ...shape, coupons: 1, attempts: Math.max(1, Math.floor(requests / users)) }
  }
  const perS = load.kind === 'rate' ? load.perS : (load.fromPerS + load.toPerS) / 2
  return { ...shape, coupons: 1, load: { kind: 'rate', perS, durationS: warmupS } }
}
