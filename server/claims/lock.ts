import type { Pool } from '../db/connect.ts'
import { connectRedis } from '../redis/connect.ts'
import { type LockOptions, withLock } from '../redis/lock.ts'
import { type ClaimDecision, type ClaimRequest, type ClaimStrategy, told } from './claim.ts'
import { sendFencedClaim } from './claim-rows.ts'
import { createGatedStrategy, type GateOptions } from './gate.ts'
import { untilDecided } from './retry.ts'
import { nextFence } from './sql/claim-fenced.ts'
import { claimInTransaction } from './transaction.ts'

export interface LockStrategyOptions extends Pick<GateOptions, 'queueSizeMax' | 'meters'> {
  readonly pool: Pool
  readonly redisUrl: string
  readonly timeoutMs: number
  readonly lock: LockOptions
}

/** One claim on its way, through one lock or several. */
interface Way {
  readonly request: ClaimRequest
  readonly onSent: () => void
  /** An attempt may have been stored, under this lock or one before it. */
  mayBeStored: boolean
}

/**
 * The original's way: one claim at a time for each coupon, under a Redis lock. Who cannot get the lock in the
 * tries allowed is refused while stock may be left, which is what this strategy is kept to show. The database
 * decides here too, so it never hands out too many, lock or no lock; and it refuses a claim whose lock was lost to somebody
 * who has claimed since (docs/decisions/0013).
 *
 * States of a claim: waits for the lock -> sent under it -> decided; or the lock was lost, and it waits for it again.
 */
export function createLockStrategy(options: LockStrategyOptions): ClaimStrategy {
  const { pool, lock } = options
  const redis = connectRedis(options.redisUrl, options.timeoutMs)

  async function decide(request: ClaimRequest, onSent: () => void): Promise<ClaimDecision> {
    const way: Way = { request, onSent, mayBeStored: false }
    let decision = await underLock(way)
    while (decision === 'lock_lost' && performance.now() < request.deadlineMs) decision = await underLock(way)
    const last = decision === 'lock_lost' ? told('unavailable') : decision
    return way.mayBeStored && isUnsent(last) ? told('unknown') : last
  }

  async function underLock(way: Way): Promise<ClaimDecision | 'lock_lost'> {
    const state: { isWon: boolean } = { isWon: false }
    const { couponName, deadlineMs } = way.request
    try {
      const decision = await withLock(redis, { key: lockKey(couponName), deadlineMs }, lock, (isHeld) => {
        state.isWon = true
        return claimAsHolder(way, isHeld)
      })
      return decision ?? told(performance.now() < deadlineMs ? 'busy' : 'unavailable')
    } catch (error) {
      // Redis failed before the lock was won: nothing was sent under it.
      if (!state.isWon) return told('unavailable')
      throw error
    }
  }

  /**
   * The number is drawn while the lock is held, which is asked for afterwards: whoever wins the lock later has a higher one.
   * From here to the statement any time may pass.
   */
  async function claimAsHolder(
    way: Way,
    isHeld: () => Promise<boolean>,
  ): Promise<ClaimDecision | 'lock_lost'> {
    const { request, onSent } = way
    const fence = await untilDecided(request.deadlineMs, () => drawFence(pool))
    if (typeof fence === 'string') return told('unavailable')
    if (!(await isHeld())) return 'lock_lost'
    const decision = await claimInTransaction(pool, request, {
      onSent,
      send: (client, isRetry) => {
        way.mayBeStored ||= isRetry
        return sendFencedClaim(client, request, { fence, isRetry: way.mayBeStored })
      },
    })
    return decision ?? 'lock_lost'
  }

  return createGatedStrategy(decide, {
    queueSizeMax: options.queueSizeMax,
    meters: options.meters,
    onClosed: async () => redis.disconnect(),
  })
}

async function drawFence(pool: Pool): Promise<bigint> {
  const { rows } = await pool.query<{ fence: string }>(nextFence)
  return BigInt(rows[0]?.fence ?? 0)
}

/** Under the last lock: nothing is known from this of an attempt under one before it. */
function isUnsent({ outcome }: ClaimDecision): boolean {
  return outcome === 'busy' || outcome === 'unavailable'
}

/** The seed's key. The name is canonical, so `coupon_test` and `COUPON_TEST` take one lock. */
function lockKey(couponName: string): string {
  return `claim:coupon:${couponName}`
}
