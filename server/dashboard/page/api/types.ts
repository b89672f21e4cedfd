/** What the API sends, as far as the page looks at it. Instants are ISO texts, unless a name ends in `at` of the stream. */
export type Role = 'user' | 'admin'

/** /dashboard.json */
export interface Settings {
  readonly api_prefix: string
  readonly name: string
  readonly version: string
  readonly auth: 'token' | 'open'
  readonly strategy: string
}

export interface Tokens {
  readonly access_token: string
  readonly refresh_token: string
  /** Seconds. */
  readonly expires_in: number
}

export interface Me {
  readonly username: string
  readonly full_name: string
  readonly role: Role
}

export type CouponState = 'upcoming' | 'active' | 'paused' | 'ended' | 'sold_out'

export interface Audience {
  readonly kind: 'everyone' | 'list' | 'registered_before' | 'registered_after'
  readonly at?: string
  readonly size?: number
}

export interface Coupon {
  readonly name: string
  readonly amount: number
  readonly remaining_amount: number
  readonly claimed_count: number
  readonly state: CouponState
  readonly starts_at: string | null
  readonly ends_at: string | null
  readonly paused: boolean
  readonly reclaimable: boolean
  readonly audience: Audience
}

export const claimStates = ['held', 'confirmed', 'expired', 'released'] as const

export type ClaimState = (typeof claimStates)[number]

export interface Claim {
  readonly id: string
  readonly coupon_name: string
  readonly user_id: string
  readonly state: ClaimState
  readonly created_at: string
  readonly updated_at: string
  readonly held_until: string | null
}

export interface ClaimPage {
  readonly data: readonly Claim[]
  readonly meta: { readonly next_cursor: string | null; readonly limit: number }
}

export interface ClaimEvent {
  readonly state: ClaimState
  readonly created_at: string
  readonly actor: string
  readonly reason: string | null
}

export interface ClaimAnswer {
  readonly claim_id: string
  readonly state: 'held' | 'confirmed'
  readonly held_until: string | null
}

export interface Eligibility {
  readonly eligible: boolean
  readonly reasons: readonly {
    readonly code: string
    readonly message: string
    readonly until: string | null
  }[]
}

export interface Curve {
  readonly coupon: string
  readonly amount: number
  readonly points: readonly { readonly at: string; readonly remaining: number }[]
}
