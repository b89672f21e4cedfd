import { type ClaimStrategy, told } from '../../server/claims/claim.ts'
import { sendClaims } from '../../server/claims/claim-rows.ts'
import { createGatedStrategy } from '../../server/claims/gate.ts'
import type { StrategyParts } from '../../server/claims/strategies.ts'
import { claimInTransaction } from '../../server/claims/transaction.ts'
import { connectRedis } from '../../server/redis/connect.ts'
import { withLock } from '../../server/redis/lock.ts'

/** The strategy `lock` as it was without a fence: the same lock, and the statement that knows nothing of it. */
export function createUnfencedLockStrategy({
  pool,
  redisUrl,
  claim,
  timeoutMs,
}: StrategyParts): ClaimStrategy {
  const redis = connectRedis(String(redisUrl), timeoutMs)
  return createGatedStrategy(
    async (request, onSent) =>
      (await withLock(
        redis,
        { key: `claim:coupon:${request.couponName}`, deadlineMs: request.deadlineMs },
        claim.lock,
        () =>
          claimInTransaction(pool, request, {
            onSent,
            send: async (client, isRetry) =>
              (await sendClaims(client, [request], { isRetry }))[0] ?? told('unknown'),
          }),
      )) ?? told('busy'),
    { queueSizeMax: claim.queueSizeMax, onClosed: async () => redis.disconnect() },
  )
}
