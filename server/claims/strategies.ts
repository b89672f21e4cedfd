import type { Config } from '../config.ts'
import type { Pool } from '../db/connect.ts'
import { AppError } from '../errors.ts'
import { createAtomicStrategy } from './atomic.ts'
import { createBatchStrategy } from './batch.ts'
import type { ClaimStrategy } from './claim.ts'
import { createJoinedStrategy } from './joined.ts'
import { createLockStrategy } from './lock.ts'
import type { StrategyName } from './names.ts'

/** What a strategy may need; it owns none of it, and closes only what it opens itself. */
export interface StrategyParts {
  readonly pool: Pool
  /** Null when there is no Redis; only `lock` needs one. */
  readonly redisUrl: string | null
  readonly claim: Config['claim']
  readonly timeoutMs: number
}

/** Every strategy by name. A new one is one file and one line here (and its name in names.ts). */
export const strategies: Readonly<Record<StrategyName, (parts: StrategyParts) => ClaimStrategy>> = {
  batch: ({ pool, claim }) =>
    createBatchStrategy({
      pool,
      batchSizeMax: claim.batchSizeMax,
      queueSizeMax: claim.queueSizeMax,
      concurrencyMax: pool.options.max,
    }),
  atomic: ({ pool, claim }) => createAtomicStrategy({ pool, queueSizeMax: claim.queueSizeMax }),
  lock: ({ pool, claim, redisUrl, timeoutMs }) => {
    if (redisUrl === null) throw new AppError('config', 'The strategy "lock" needs a Redis; none is given.')
    return createLockStrategy({
      pool,
      redisUrl,
      queueSizeMax: claim.queueSizeMax,
      timeoutMs,
      lock: claim.lock,
    })
  },
}

/** The strategy of that name, in which claims with the same Idempotency-Key are one. */
export function createStrategy(name: StrategyName, parts: StrategyParts): ClaimStrategy {
  return createJoinedStrategy(strategies[name](parts), parts.claim.queueSizeMax)
}
