/**
 * The seam: what a claim is, in the words of the domain. No connection, transaction, lock or batch crosses
 * it. This file imports nothing.
 */

/** By what a claim is found again in logs, ours and the database's. Nothing is decided by it. */
export interface ClaimTrace {
  /** The request's Correlation-ID. */
  readonly correlationId: string
  /** W3C Trace Context for what is called on its behalf; made when it is first asked for. */
  context(): { readonly traceparent: string; readonly tracestate: string | null }
  /** Told the id of the batch that the claim goes with, each time it is sent. */
  sentIn(batchId: string): void
}

/** One user's wish for one unit of one coupon. */
export interface ClaimRequest {
  /** The coupon's name as looked up: trimmed and upper-cased (canonical names are made on creation). */
  readonly couponName: string
  readonly username: string
  /**
   * This claim's own key, a UUID made before anything is sent. A claim whose commit was lost on the way is
   * found again by it, so that a retry is neither a second claim nor a false "already claimed".
   */
  readonly claimKey: string
  /** Seconds for which the unit is held until it is confirmed; without it the claim is confirmed at once. */
  readonly holdSeconds?: number | undefined
  /**
   * For a claim whose caller chose its key (Idempotency-Key): a UUID that stands for what is asked. The first answer
   * is kept, and given again to the same key and payload.
   */
  readonly payloadHash?: string | undefined
  /** True when the user is known to exist, since a token of ours names it. */
  readonly isUserKnown?: boolean
  /** When the caller stops waiting, in milliseconds of `performance.now()`. */
  readonly deadlineMs: number
  /** True once nobody waits for the answer any more; such a claim is dropped if it has not been sent. */
  readonly isAbandoned?: () => boolean
  readonly trace?: ClaimTrace | undefined
}

/**
 * What became of a claim. The order is the order of precedence: the first that applies is the answer. So an
 * unknown coupon is told before an unknown user, and a user who has the coupon hears "already claimed" even
 * when it has sold out since.
 */
export const claimOutcomes = [
  /** The unit is the user's; it was committed to disk before this was said. */
  'claimed',
  /** The key came with another payload before. */
  'key_reused',
  'coupon_not_found',
  'user_not_found',
  /** The user has a unit of this coupon from another claim, or gave one back that cannot be had again. */
  'already_claimed',
  'not_started',
  'ended',
  'paused',
  /** The coupon is for others. */
  'not_in_audience',
  /** No unit was left when this claim's turn came. */
  'sold_out',
  /** The first claim with this key is still under way, after half of this one's time. */
  'in_progress',
  /** The lock could not be had in the tries allowed (`lock` only); nothing was changed. */
  'busy',
  /** The queue is full; nothing was changed. */
  'overloaded',
  /** It could not be decided in time, or a part it needs is down; nothing was changed. */
  'unavailable',
  /** The claim was sent and the answer lost; it may or may not have been committed. */
  'unknown',
  /** The caller was gone before the claim was sent; nothing was changed. */
  'abandoned',
] as const

export type ClaimOutcome = (typeof claimOutcomes)[number]

/** What is told of a claim. */
export interface ClaimDecision {
  readonly outcome: ClaimOutcome
  /** The user's claim, for `claimed` and `already_claimed`. */
  readonly claimId: string | null
  /** Until when the claim is held, for these two; from when the coupon can be claimed, for `not_started`. */
  readonly until: Date | null
  /** True for an answer that was given to the same key before. */
  readonly isReplay: boolean
}

const bare = new Map<ClaimOutcome, ClaimDecision>(
  claimOutcomes.map((outcome) => [
    outcome,
    Object.freeze({ outcome, claimId: null, until: null, isReplay: false }),
  ]),
)

/** An outcome without anything else to tell. */
export function told(outcome: ClaimOutcome): ClaimDecision {
  return bare.get(outcome) ?? { outcome, claimId: null, until: null, isReplay: false }
}

export interface ClaimStrategy {
  /**
   * Resolves to a decision, always; a rejection means a fault nobody foresaw. Only `batch` decides the claims of
   * one process for one coupon in the order of their calls; the others race for a lock.
   */
  claim(request: ClaimRequest): Promise<ClaimDecision>
  /** Answers everything accepted so far, then resolves. A claim after this is told `overloaded`. */
  close(): Promise<void>
}
