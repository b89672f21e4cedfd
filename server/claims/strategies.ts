import type { Config } from '../config.ts'
import type { Pool } from '../db/connect.ts'
import { AppError } from '../errors.ts'
import type { LogLines } from '../log-lines.ts'
import type { Meters } from '../metrics/meters.ts'
import { createAtomicStrategy } from './atomic.ts'
import { createBatchStrategy } from './batch.ts'
import type { ClaimStrategy } from './claim.ts'
import { sendClaims } from './claim-rows.ts'
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
  readonly meters?: Meters
  readonly log?: LogLines
  /** A batch that takes longer is told at warn. */
  readonly slowMs?: number
}

/** Every strategy by name. A new one is one file and one line here (and its name in names.ts). */
export const strategies: Readonly<Record<StrategyName, (parts: StrategyParts) => ClaimStrategy>> = {
  batch: ({ pool, claim, meters, log, slowMs }) =>
    createBatchStrategy({
      send: (requests, isRetry, batchId) => sendClaims(pool, requests, { isRetry, batchId }),
      batchSizeMax: claim.batchSizeMax,
      queueSizeMax: claim.queueSizeMax,
      concurrencyMax: pool.options.max,
      meters,
      log,
      slowMs,
    }),
  atomic: ({ pool, claim, meters }) =>
    createAtomicStrategy({ pool, queueSizeMax: claim.queueSizeMax, meters }),
  lock: ({ pool, claim, redisUrl, timeoutMs, meters }) => {
    if (redisUrl === null) throw new AppError('config', 'The strategy "lock" needs a Redis; none is given.')
    return createLockStrategy({
      pool,
      redisUrl,
      queueSizeMax: claim.queueSizeMax,
      timeoutMs,
      lock: claim.lock,
      meters,
    })
  },
}

/** The strategy of that name, in which claims with the same Idempotency-Key are one. */
export function createStrategy(name: StrategyName, parts: StrategyParts): ClaimStrategy {
  const { pool, meters, claim } = parts
  return createJoinedStrategy(strategies[name](parts), {
    waitingMax: claim.queueSizeMax,
    innerMax: claim.queueSizeMax + pool.options.max * claim.batchSizeMax,
    meters,
  })
}
