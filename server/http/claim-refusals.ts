import type { ClaimDecision, ClaimOutcome } from '../claims/claim.ts'
import { couponNotFound, type HttpFault, unavailable, userNotFound } from './errors.ts'

/** Who asked for what; both as looked up. */
export interface Asked {
  readonly coupon: string
  readonly user: string
}

type Refusal = (asked: Asked, decision: Pick<ClaimDecision, 'claimId' | 'until'>) => HttpFault

const wait = { retryAfterS: 1 }

/**
 * The one table from an outcome that is not a win to its answer; status and kind are in problems.ts. The question
 * "may I?" is answered in the same words.
 */
export const claimRefusals: Readonly<Record<Exclude<ClaimOutcome, 'claimed'>, Refusal>> = {
  key_reused: () => ({
    problem: 'key_reused',
    message: 'This Idempotency-Key came with another payload before; use a new key for a new request.',
  }),
  coupon_not_found: () => couponNotFound,
  user_not_found: () => userNotFound,
  already_claimed: ({ coupon, user }, { claimId }) => ({
    problem: 'already_claimed',
    message: `Coupon ${coupon} is already claimed by user ${user}`,
    extras: { claim_id: claimId },
  }),
  not_started: ({ coupon }, { until }) => ({
    problem: 'not_started',
    message: `Coupon ${coupon} cannot be claimed before ${until?.toISOString()}`,
    extras: { starts_at: until },
  }),
  ended: ({ coupon }) => ({ problem: 'ended', message: `Coupon ${coupon} can no longer be claimed` }),
  paused: ({ coupon }) => ({ problem: 'paused', message: `Coupon ${coupon} is paused` }),
  not_in_audience: ({ coupon, user }) => ({
    problem: 'not_in_audience',
    message: `Coupon ${coupon} is not for user ${user}`,
  }),
  sold_out: ({ coupon }) => ({
    problem: 'sold_out',
    message: `Coupon ${coupon} is not usable because no stock remaining`,
    extras: { remaining: 0 },
  }),
  in_progress: () => ({
    problem: 'in_progress',
    message: 'The first request with this Idempotency-Key is still under way.',
    ...wait,
  }),
  busy: ({ coupon }) => ({
    problem: 'lock_busy',
    message: `Coupon ${coupon} is being claimed by others; the lock could not be acquired`,
  }),
  overloaded: () => unavailable,
  unavailable: () => unavailable,
  unknown: () => ({
    problem: 'outcome_unknown',
    message: 'The answer of the database was lost; the claim may have been stored. Ask again to find out.',
    ...wait,
  }),
  // Nobody is left to read it.
  abandoned: () => unavailable,
}
