import type { FoundCoupon, SoldOutCoupon } from './sold-out-source.ts'

interface Known {
  readonly coupon: SoldOutCoupon
  readonly claimants: ReadonlySet<string>
  validUntilMs: number
  /** Since it was last looked at. */
  wasAsked: boolean
}

/** Something has changed about a coupon, by its name or its id; without one, about any. */
export interface ChangedCoupon {
  readonly name?: string
  readonly id?: string
}

/** Coupons that are known to be sold out, to everybody but those who have them. */
export interface SoldOutMemory {
  has(couponName: string): boolean
  /** False also when it is not known. */
  isSoldOutTo(username: string, couponName: string, nowMs: number): boolean
  /** As it was found by who began to look at `askedMs`; not when its claimants are too many to be remembered. */
  add(found: FoundCoupon, askedMs: number): void
  /** Those that were asked for since the last time; the others are dropped. */
  takeAsked(): readonly string[]
  /** Of these coupons, those in `still` are as sold out as before; what is otherwise is dropped. */
  renew(couponNames: readonly string[], still: readonly SoldOutCoupon[], askedMs: number): void
  forget(change: ChangedCoupon): void
  /** Changes when something is forgotten. */
  epoch(): number
  size(): number
  /** Usernames, over all coupons. */
  names(): number
}

/** What was read is told for no longer than this, whatever becomes of notices and connections. */
const validMsMax = 900

export function createSoldOutMemory(namesMax: number): SoldOutMemory {
  const known = new Map<string, Known>()
  let names = 0
  let epoch = 0

  function drop({ coupon, claimants }: Known): void {
    if (known.delete(coupon.name)) names -= claimants.size
  }

  return {
    has: (couponName) => known.has(couponName),
    isSoldOutTo: (username, couponName, nowMs) => {
      const entry = known.get(couponName)
      if (entry === undefined) return false
      entry.wasAsked = true
      return nowMs < entry.validUntilMs && !entry.claimants.has(username)
    },
    add: ({ claimants, ...coupon }, askedMs) => {
      if (names + claimants.length > namesMax) return
      const entry = { coupon, claimants: new Set(claimants), validUntilMs: 0, wasAsked: true }
      entry.validUntilMs = validUntil(coupon, askedMs)
      known.set(coupon.name, entry)
      names += entry.claimants.size
    },
    takeAsked: () => {
      for (const entry of known.values()) {
        if (entry.wasAsked) entry.wasAsked = false
        else drop(entry)
      }
      return [...known.keys()]
    },
    renew: (couponNames, still, askedMs) => {
      const byName = new Map(still.map((coupon) => [coupon.name, coupon]))
      for (const couponName of couponNames) {
        const [entry, now] = [known.get(couponName), byName.get(couponName)]
        if (entry === undefined) continue
        if (now !== undefined && isUnchanged(entry.coupon, now)) entry.validUntilMs = validUntil(now, askedMs)
        else drop(entry)
      }
    },
    forget: (change) => {
      epoch += 1
      for (const entry of known.values()) if (isMeant(entry.coupon, change)) drop(entry)
    },
    epoch: () => epoch,
    size: () => known.size,
    names: () => names,
  }
}

/** The answer is as old as the question at least. */
function validUntil({ lasts_ms }: SoldOutCoupon, askedMs: number): number {
  return askedMs + Math.min(validMsMax, lasts_ms ?? validMsMax)
}

function isUnchanged(before: SoldOutCoupon, now: SoldOutCoupon): boolean {
  return now.id === before.id && now.version === before.version
}

function isMeant(coupon: SoldOutCoupon, { name, id }: ChangedCoupon): boolean {
  return (name === undefined && id === undefined) || coupon.name === name || coupon.id === id
}
