/**
 * The seam: what a claim is, in the words of the domain. No connection, transaction, lock or batch crosses
 * it. This file imports nothing.
 */

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
  /** When the caller stops waiting, in milliseconds of `performance.now()`. */
  readonly deadlineMs: number
  /** True once nobody waits for the answer any more; such a claim is dropped if it has not been sent. */
  readonly isAbandoned?: () => boolean
}

/**
 * What became of a claim. The order is the order of precedence: the first that applies is the answer. So an
 * unknown coupon is told before an unknown user, and a user who has the coupon hears "already claimed" even
 * when it has sold out since.
 */
export const claimOutcomes = [
  /** The unit is the user's; it was committed to disk before this was said. */
  'claimed',
  'coupon_not_found',
  'user_not_found',
  /** The user holds a unit of this coupon from another claim. */
  'already_claimed',
  /** No unit was left when this claim's turn came. */
  'sold_out',
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

export interface ClaimStrategy {
  /**
   * Resolves to the outcome, always; a rejection means a fault nobody foresaw. Only `batch` decides the claims of
   * one process for one coupon in the order of their calls; the others race for a lock.
   */
  claim(request: ClaimRequest): Promise<ClaimOutcome>
  /** Answers everything accepted so far, then resolves. A claim after this is told `overloaded`. */
  close(): Promise<void>
}
