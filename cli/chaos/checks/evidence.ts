import type { FaultWindow } from '../fault.ts'
import type { History, Operation } from '../history.ts'

/** What the database holds at one moment after the run. */
export interface Facts {
  readonly coupons: readonly CouponFact[]
  /** All of them, also those that were given back. */
  readonly claims: readonly ClaimFact[]
}

export interface CouponFact {
  readonly name: string
  readonly amount: number
  readonly remaining: number
}

export interface ClaimFact {
  readonly id: string
  readonly user: string
  readonly coupon: string
  readonly state: 'held' | 'confirmed' | 'expired' | 'released'
  /** It was a hold at first. */
  readonly isHold: boolean
  /** The states it took after it was made, in their order. */
  readonly events: readonly string[]
}

/** All that the checks look at. */
export interface Evidence {
  readonly history: History
  readonly facts: Facts
  readonly windows: readonly FaultWindow[]
  /** `context.timeout` of the servers. */
  readonly contextTimeoutMs: number
}

/** Something that must not be. */
export interface Fault {
  /** What happened, with names and times. */
  readonly sentence: string
  /** The operation that shows it; null when only the database does. */
  readonly operation: Operation | null
}

export function isLive({ state }: ClaimFact): boolean {
  return state === 'held' || state === 'confirmed'
}

/** `12.345 s`: a time of the run. */
export function atS(ms: number): string {
  return `${(ms / 1000).toFixed(3)} s`
}
