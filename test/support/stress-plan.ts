import type { StressPlan } from '../../cli/stress/plan.ts'
import type { ScriptShape } from '../../cli/stress/shape.ts'
import { stressShape } from './stress-shape.ts'

/** A burst of one claim for each of ten users, with whatever is said otherwise. */
export function stressPlan({
  shape,
  ...change
}: Partial<Omit<StressPlan, 'shape'>> & { readonly shape?: Partial<ScriptShape> } = {}): StressPlan {
  const whole = stressShape(shape)
  return {
    shape: whole,
    requests: whole.users * whole.attempts,
    quota: 5,
    isQuotaGiven: false,
    connections: 4,
    isCold: false,
    threads: 1,
    warmupS: 0,
    repeat: 1,
    coupon: 'STRESS_TEST',
    isCouponGiven: false,
    url: null,
    login: null,
    strategies: [null],
    expectations: [],
    ...change,
  }
}
