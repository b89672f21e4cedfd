import { type Clock, systemClock as loopClock } from './batcher-clock.ts'
import { type ClaimRequest, type ClaimStrategy, told } from './claim.ts'
import { createSoldOutCoupons } from './sold-out-coupons.ts'
import type { ChangedCoupon } from './sold-out-memory.ts'
import type { SoldOutSource } from './sold-out-source.ts'

export interface SoldOutOptions {
  readonly inner: ClaimStrategy
  readonly source: SoldOutSource
  /** Usernames that are remembered, over all coupons; a coupon that would go beyond is asked of the database. */
  readonly namesMax: number
  readonly clock?: Clock
}

export interface SoldOutClaims extends ClaimStrategy {
  forget(change?: ChangedCoupon): void
  /** Coupons and usernames remembered, and claims answered from here. */
  stats(): { readonly coupons: number; readonly names: number; readonly hits: number }
  /** Users remembered to exist. */
  users(): number
}

const soldOut = Promise.resolve(told('sold_out'))

/** Whose timers keep no process alive. */
const systemClock: Clock = {
  now: loopClock.now,
  setTimer: (ms, run) => {
    const timer = setTimeout(run, ms)
    timer.unref()
    return () => clearTimeout(timer)
  },
}

/**
 * Answers "sold out" without the database while a committed zero is known to hold (sold-out-coupons.ts). Sent on are:
 * who has the coupon, to hear "already claimed"; who may not exist, to hear that; and a claim with a key of its caller's,
 * whose first answer is kept in the database. A user exists who is named by a token or was told "sold out" by the
 * database before.
 */
export function createSoldOutClaims(options: SoldOutOptions): SoldOutClaims {
  const { inner, source, namesMax, clock = systemClock } = options
  const coupons = createSoldOutCoupons({ source, namesMax, clock })
  /** Users that exist; emptied when it is full. */
  const seen = new Set<string>()
  let hits = 0

  function isKnownSoldOut({ couponName, username, isUserKnown, payloadHash }: ClaimRequest): boolean {
    if (payloadHash !== undefined || (isUserKnown !== true && !seen.has(username))) return false
    return coupons.isSoldOutTo(username, couponName)
  }

  function remember({ couponName, username, isUserKnown }: ClaimRequest): void {
    if (isUserKnown !== true) {
      if (seen.size >= namesMax) seen.clear()
      seen.add(username)
    }
    void coupons.look(couponName)
  }

  return {
    claim: (request) => {
      if (isKnownSoldOut(request)) {
        hits += 1
        return soldOut
      }
      return inner.claim(request).then((decision) => {
        if (decision.outcome === 'sold_out' && !decision.isReplay) remember(request)
        return decision
      })
    },
    forget: (change = {}) => coupons.forget(change),
    stats: () => ({ ...coupons.stats(), hits }),
    users: () => seen.size,
    close: () => {
      coupons.close()
      return inner.close()
    },
  }
}
