import type { ScriptShape } from '../../cli/stress/shape.ts'

/** A burst of claims alone, ten users once each for one coupon, unless said otherwise. */
export function stressShape(change: Partial<ScriptShape> = {}): ScriptShape {
  return {
    load: { kind: 'burst' },
    users: 10,
    attempts: 1,
    coupons: 1,
    mix: { claim: 1, release: 0, eligibility: 0 },
    duplicates: 0,
    abandon: 0,
    seed: 1,
    ...change,
  }
}
