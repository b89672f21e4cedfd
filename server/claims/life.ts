/**
 * The second seam: what becomes of a claim after it was made. This file imports nothing.
 *
 * States: held -> confirmed | expired | released; confirmed -> released. `held` and `confirmed` are live and take a
 * unit of stock; `expired` and `released` have given it back, once. An ordinary claim is confirmed at once.
 */
export const claimStates = ['held', 'confirmed', 'expired', 'released'] as const

export type ClaimState = (typeof claimStates)[number]

/** Who asks for a change, and why: what is put on record with it. */
export interface Change {
  /** A username; `system` for an expiry, `anonymous` for a caller without a name. */
  readonly actor: string
  readonly reason: string | null
  readonly correlationId: string
}

/** A claim as it is told, with its names as on the wire. */
export interface ClaimRecord {
  /** A number as text, to be taken as opaque. */
  readonly id: string
  readonly coupon_name: string
  /** The username of its owner. */
  readonly user_id: string
  readonly state: ClaimState
  readonly created_at: Date
  readonly updated_at: Date
  /** When a hold runs out, or would have; null for a claim that never was one. */
  readonly held_until: Date | null
}

export interface ClaimEvent {
  /** The state that the claim took. */
  readonly state: ClaimState
  readonly created_at: Date
  readonly actor: string
  readonly reason: string | null
  readonly correlation_id: string | null
}

/**
 * What a change came to: the claim's state after it, `not_found`; or that it could not be decided in time:
 * `unavailable` when nothing was changed, `unknown` when it may have been, `overloaded` when the queue is full.
 */
export type ChangeOutcome = ClaimState | 'not_found' | 'unavailable' | 'unknown' | 'overloaded'

export interface ClaimLife {
  /** held -> confirmed. `confirmed` again for one that is; `expired` from the very moment the hold runs out. */
  confirm(claimId: string, change: Change, deadlineMs: number): Promise<ChangeOutcome>
  /** held | confirmed -> released, and its unit goes back to the stock; `released` again for one that is. */
  release(claimId: string, change: Change, deadlineMs: number): Promise<ChangeOutcome>
  close(): Promise<void>
}

/** Which claims: those of a coupon that is not deleted, or of a user, or of this user for this coupon. */
export interface ClaimQuery {
  /** As looked up: trimmed and upper-cased. */
  readonly couponName?: string | undefined
  readonly username?: string | undefined
  readonly state?: ClaimState | undefined
}

export interface ClaimPage {
  /** The id of the last claim of the page before; null for the first page. */
  readonly after: string | null
  readonly limit: number
}

/** Reads claims, live ones and ended ones. A query that names a coupon throws `AppError('coupon_not_found')`. */
export interface ClaimRecords {
  find(claimId: string): Promise<ClaimRecord | null>
  /** In their order. Empty for an ordinary claim that nothing has happened to since, and for an unknown one. */
  events(claimId: string): Promise<readonly ClaimEvent[]>
  /** A coupon's claims come in the order of their ids; a user's, over all coupons, the newest first. */
  page(query: ClaimQuery, page: ClaimPage): Promise<readonly ClaimRecord[]>
  /** All of them, each page read when it is asked for. What is claimed meanwhile may come at the end. */
  pages(query: ClaimQuery): AsyncIterable<readonly ClaimRecord[]>
  /** The same as CSV: a header line, then texts of some thousand lines. */
  csv(query: ClaimQuery): AsyncIterable<string>
}

/** What stands against a claim, in the order in which a claim would be told. */
export interface Reason {
  readonly code:
    | 'coupon_not_found'
    | 'user_not_found'
    | 'already_claimed'
    | 'not_started'
    | 'ended'
    | 'paused'
    | 'not_in_audience'
    | 'sold_out'
  /** When it may pass: the coupon's start, or the end of the user's hold; null when that is not known. */
  readonly until: Date | null
}

/** Asks what a claim would be told, by the same rules, without claiming. Empty when nothing stands against it. */
export type AskEligibility = (couponName: string, username: string) => Promise<readonly Reason[]>
