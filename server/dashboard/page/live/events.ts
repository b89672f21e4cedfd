import type { CouponState } from '../api/types.ts'

/** What the stream sends; `at` is in ms since 1970. */
export interface LiveCoupon {
  readonly name: string
  readonly amount: number
  readonly remaining_amount: number
  readonly held: number
  readonly state: CouponState
  readonly starts_at: string | null
  readonly ends_at: string | null
}

export interface DeletedCoupon {
  readonly name: string
  readonly deleted: true
}

export interface LiveProcess {
  readonly id: string
  readonly worker: number | null
  readonly strategy: string
  readonly queue: number
  readonly queue_limit: number
  readonly in_flight: number
  readonly connections: number
  readonly event_loop_lag_ms: number
  readonly seen_ms_ago: number
}

export interface RecentClaim {
  readonly id: string
  readonly coupon: string
  readonly username?: string
  readonly state: string
  readonly at: number
}

/** What happened in an interval of `seconds` that ended at `at`. */
export interface Tick {
  readonly at: number
  readonly seconds: number
  readonly claims: {
    readonly claimed: number
    readonly sold_out: number
    readonly already_claimed: number
    readonly other: number
  }
  readonly releases: number
  readonly latency_ms: { readonly p50: number | null; readonly p99: number | null }
  readonly coupons?: readonly (LiveCoupon | DeletedCoupon)[]
  readonly recent?: readonly RecentClaim[]
  readonly processes?: readonly LiveProcess[]
}

export interface Snapshot {
  readonly at: number
  readonly role: 'user' | 'admin'
  readonly coupons: readonly LiveCoupon[]
  readonly processes?: readonly LiveProcess[]
  readonly recent: readonly RecentClaim[]
  readonly history: readonly Tick[]
}
