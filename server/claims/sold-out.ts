import { type Clock, systemClock as loopClock } from './batcher-clock.ts'
import { type ClaimRequest, type ClaimStrategy, told } from './claim.ts'

/** A coupon that is sold out to everybody, as the database had it. */
export interface SoldOutCoupon {
  readonly id: string
  readonly name: string
  /** Changes with every change of the coupon. */
  readonly version: string
  /** After so many milliseconds it may be otherwise without anybody's doing; null when not. */
  readonly lasts_ms: number | null
}

/** Where the facts come from. */
export interface SoldOutSource {
  /** With those who have the coupon; null when it is not sold out to everybody, or too large to be remembered. */
  look(couponName: string): Promise<(SoldOutCoupon & { readonly claimants: readonly string[] }) | null>
  /** Which of these coupons are still sold out. */
  check(couponNames: readonly string[]): Promise<readonly SoldOutCoupon[]>
}

export interface SoldOutOptions {
  readonly inner: ClaimStrategy
  readonly source: SoldOutSource
  /** Usernames that are remembered, over all coupons; a coupon that would go beyond is asked of the database. */
  readonly namesMax: number
  readonly clock?: Clock
}

export interface SoldOutClaims extends ClaimStrategy {
  /** Something has changed about a coupon, by its name or its id; without one, about any. */
  forget(coupon?: { readonly name?: string; readonly id?: string }): void
  /** Coupons and usernames remembered, and claims answered from here. */
  stats(): { readonly coupons: number; readonly names: number; readonly hits: number }
  /** Users remembered to exist. */
  users(): number
}

interface Entry {
  readonly coupon: SoldOutCoupon
  readonly claimants: ReadonlySet<string>
  validUntilMs: number
  wasAsked: boolean
}

/** What was read is told for no longer than this, whatever becomes of notices and connections. */
const validMsMax = 900
/** Coupons that are asked for are looked at again this often, all in one statement. */
const checkEveryMs = 250
/** Coupons that are remembered at once. */
export const couponsMax = 1000

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
 * Answers "sold out" without the database while a committed zero is known to hold. Sent on are: who has the coupon, to
 * hear "already claimed"; who may not exist, to hear that; and a claim with a key of its caller's, whose first answer is
 * kept in the database. A user exists who is named by a token or was told "sold out" by the database before.
 *
 * States of a coupon: unknown -> looking (a claim was told "sold out") -> known -> unknown: by a notice, a change in
 * this process, a check that finds it changed, or when its time is over. Whatever was being read when something was
 * forgotten is thrown away: it may be older than the change.
 */
export function createSoldOutClaims(options: SoldOutOptions): SoldOutClaims {
  const { inner, source, namesMax, clock = systemClock } = options
  const known = new Map<string, Entry>()
  const looking = new Set<string>()
  /** Users that exist; emptied when it is full. */
  const seen = new Set<string>()
  let names = 0
  let hits = 0
  /** Counts what was forgotten. */
  let epoch = 0
  let isChecking = false
  let isClosed = false
  let cancelTimer: (() => void) | undefined

  function isKnownSoldOut({ couponName, username, isUserKnown, payloadHash }: ClaimRequest): boolean {
    const entry = known.get(couponName)
    if (entry === undefined || payloadHash !== undefined) return false
    if (isUserKnown !== true && !seen.has(username)) return false
    entry.wasAsked = true
    armTimer()
    return clock.now() < entry.validUntilMs && !entry.claimants.has(username)
  }

  function remember({ couponName, username, isUserKnown }: ClaimRequest): void {
    if (isUserKnown !== true) {
      if (seen.size >= namesMax) seen.clear()
      seen.add(username)
    }
    void look(couponName)
  }

  async function look(couponName: string): Promise<void> {
    if (
      isClosed ||
      known.has(couponName) ||
      looking.has(couponName) ||
      known.size + looking.size >= couponsMax
    )
      return
    looking.add(couponName)
    const [before, askedMs] = [epoch, clock.now()]
    try {
      const found = await source.look(couponName)
      if (found === null || epoch !== before || names + found.claimants.length > namesMax) return
      const { claimants, ...coupon } = found
      const entry = { coupon, claimants: new Set(claimants), validUntilMs: 0, wasAsked: true }
      entry.validUntilMs = validUntil(coupon, askedMs)
      known.set(couponName, entry)
      names += entry.claimants.size
      armTimer()
    } catch {
      // It stays unknown, and the database is asked.
    } finally {
      looking.delete(couponName)
    }
  }

  /** The answer is as old as the question at least. */
  function validUntil({ lasts_ms }: SoldOutCoupon, askedMs: number): number {
    return askedMs + Math.min(validMsMax, lasts_ms ?? validMsMax)
  }

  function armTimer(): void {
    if (cancelTimer !== undefined || isChecking) return
    cancelTimer = clock.setTimer(checkEveryMs, () => {
      cancelTimer = undefined
      void check()
    })
  }

  /** What nobody has asked for since the last time is dropped, the rest looked at again. */
  async function check(): Promise<void> {
    const asked = [...known.values()].filter(({ wasAsked }) => wasAsked)
    for (const entry of known.values()) if (!entry.wasAsked) drop(entry)
    if (asked.length === 0) return
    for (const entry of asked) entry.wasAsked = false
    isChecking = true
    const [before, askedMs] = [epoch, clock.now()]
    try {
      const still = await source.check(asked.map(({ coupon }) => coupon.name))
      if (epoch === before) keep(asked, still, askedMs)
    } catch {
      // Their time runs out by itself.
    } finally {
      isChecking = false
      if (known.size > 0) armTimer()
    }
  }

  function keep(asked: readonly Entry[], still: readonly SoldOutCoupon[], askedMs: number): void {
    const byName = new Map(still.map((coupon) => [coupon.name, coupon]))
    for (const entry of asked) {
      const now = byName.get(entry.coupon.name)
      if (now?.id === entry.coupon.id && now.version === entry.coupon.version) {
        entry.validUntilMs = validUntil(now, askedMs)
      } else drop(entry)
    }
  }

  function drop(entry: Entry): void {
    if (known.get(entry.coupon.name) !== entry) return
    known.delete(entry.coupon.name)
    names -= entry.claimants.size
  }

  function forget({ name, id }: { readonly name?: string; readonly id?: string } = {}): void {
    epoch += 1
    for (const entry of known.values()) {
      const isMeant = (name === undefined && id === undefined) || entry.coupon.name === name
      if (isMeant || entry.coupon.id === id) drop(entry)
    }
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
    forget,
    stats: () => ({ coupons: known.size, names, hits }),
    users: () => seen.size,
    close: () => {
      isClosed = true
      // Also what is being read: its answer would be remembered, and looked at again, by a server that is gone.
      forget()
      cancelTimer?.()
      return inner.close()
    },
  }
}
