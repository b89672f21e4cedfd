import type { Clock } from './batcher-clock.ts'
import { type ChangedCoupon, createSoldOutMemory } from './sold-out-memory.ts'
import type { SoldOutSource } from './sold-out-source.ts'

export interface SoldOutCouponsOptions {
  readonly source: SoldOutSource
  /** Usernames that are remembered, over all coupons; a coupon that would go beyond is asked of the database. */
  readonly namesMax: number
  readonly clock: Clock
}

export interface SoldOutCoupons {
  /** False also when it is not known. */
  isSoldOutTo(username: string, couponName: string): boolean
  /** A claim was told "sold out": whether that is so for everybody is read, and remembered. */
  look(couponName: string): Promise<void>
  forget(change: ChangedCoupon): void
  stats(): { readonly coupons: number; readonly names: number }
  close(): void
}

/** Coupons that are asked for are looked at again this often, all in one statement. */
const checkEveryMs = 250
/** Coupons that are remembered at once. */
export const couponsMax = 1000

/**
 * What is sold out, as it is read from the database while claims ask for it.
 *
 * States of a coupon: unknown -> looking (a claim was told "sold out") -> known -> unknown: by a notice, a change in
 * this process, a check that finds it changed, or when its time is over. Whatever was being read when something was
 * forgotten is thrown away: it may be older than the change.
 */
export function createSoldOutCoupons({ source, namesMax, clock }: SoldOutCouponsOptions): SoldOutCoupons {
  const memory = createSoldOutMemory(namesMax)
  const looking = new Set<string>()
  let isChecking = false
  let isClosed = false
  /** Of the next check; there is one as long as anything is known. */
  let cancelTimer: (() => void) | undefined

  async function look(couponName: string): Promise<void> {
    if (isClosed || memory.has(couponName) || looking.has(couponName)) return
    if (memory.size() + looking.size >= couponsMax) return
    looking.add(couponName)
    const [before, askedMs] = [memory.epoch(), clock.now()]
    try {
      const found = await source.look(couponName)
      if (found !== null && memory.epoch() === before) memory.add(found, askedMs)
      armTimer()
    } catch {
      // It stays unknown, and the database is asked.
    } finally {
      looking.delete(couponName)
    }
  }

  function armTimer(): void {
    if (cancelTimer !== undefined || isChecking || memory.size() === 0) return
    cancelTimer = clock.setTimer(checkEveryMs, () => {
      cancelTimer = undefined
      void check()
    })
  }

  /** What nobody has asked for since the last time is dropped, the rest looked at again. */
  async function check(): Promise<void> {
    const asked = memory.takeAsked()
    if (asked.length === 0) return
    isChecking = true
    const [before, askedMs] = [memory.epoch(), clock.now()]
    try {
      const still = await source.check(asked)
      if (memory.epoch() === before) memory.renew(asked, still, askedMs)
    } catch {
      // Their time runs out by itself.
    } finally {
      isChecking = false
      armTimer()
    }
  }

  function close(): void {
    isClosed = true
    // Also what is being read: its answer would be remembered, and looked at again, by a server that is gone.
    memory.forget({})
    cancelTimer?.()
  }

  return {
    isSoldOutTo: (username, couponName) => memory.isSoldOutTo(username, couponName, clock.now()),
    look,
    forget: memory.forget,
    stats: () => ({ coupons: memory.size(), names: memory.names() }),
    close,
  }
}
