import type { Pool } from '../db/connect.ts'
import { connectRedis } from '../redis/connect.ts'
import { type LockOptions, withLock } from '../redis/lock.ts'
import { type ClaimDecision, type ClaimRequest, type ClaimStrategy, told } from './claim.ts'
import { createGatedStrategy, type GateOptions } from './gate.ts'
import { claimInTransaction } from './transaction.ts'

export interface LockStrategyOptions extends Pick<GateOptions, 'queueSizeMax' | 'meters'> {
  readonly pool: Pool
  readonly redisUrl: string
  readonly timeoutMs: number
  readonly lock: LockOptions
}

/**
 * The original's way: one claim at a time for each coupon, under a Redis lock. Who cannot get the lock in the
 * tries allowed is refused while stock may be left, which is what this strategy is kept to show. The database
 * decides here too, so it never hands out too many, lock or no lock.
 */
export function createLockStrategy(options: LockStrategyOptions): ClaimStrategy {
  const { pool, lock } = options
  const redis = connectRedis(options.redisUrl, options.timeoutMs)

  async function decide(request: ClaimRequest, onSent: () => void): Promise<ClaimDecision> {
    const state: { isSent: boolean } = { isSent: false }
    try {
      const outcome = await withLock(redis, lockKey(request.couponName), lock, () => {
        state.isSent = true
        return claimInTransaction(pool, request, onSent)
      })
      return outcome ?? told('busy')
    } catch (error) {
      // Redis failed before the claim was sent: nothing was changed.
      if (!state.isSent) return told('unavailable')
      throw error
    }
  }

  return createGatedStrategy(decide, {
    queueSizeMax: options.queueSizeMax,
    meters: options.meters,
    onClosed: async () => redis.disconnect(),
  })
}

/** The seed's key. The name is canonical, so `coupon_test` and `COUPON_TEST` take one lock. */
function lockKey(couponName: string): string {
  return `claim:coupon:${couponName}`
}
