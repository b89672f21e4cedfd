import type { Pool } from '../db/connect.ts'
import { createBatcher } from './batcher.ts'
import { type ClaimDecision, type ClaimRequest, type ClaimStrategy, told } from './claim.ts'
import { sendClaims } from './claim-rows.ts'
import { decideTogether } from './decide.ts'

export interface BatchOptions {
  readonly pool: Pool
  readonly batchSizeMax: number
  readonly queueSizeMax: number
  /** Coupons decided at once; at most the pool's size, so that no batch waits for a connection. */
  readonly concurrencyMax: number
}

/**
 * Group commit: the claims for one coupon that come while a batch is under way are decided together by the
 * next one, in one round trip and one fsync.
 */
export function createBatchStrategy(options: BatchOptions): ClaimStrategy {
  const { pool, batchSizeMax, queueSizeMax, concurrencyMax } = options
  const batcher = createBatcher<ClaimRequest, ClaimDecision>({
    flush: (_couponName, requests, deadlineMs) =>
      decideTogether(requests, {
        deadlineMs,
        run: (some, isRetry) => sendClaims(pool, some, isRetry),
        undecided: told,
      }),
    batchSizeMax,
    queueSizeMax,
    concurrencyMax,
    results: {
      overflow: told('overloaded'),
      expiredUnsent: told('unavailable'),
      expiredSent: told('unknown'),
      abandoned: told('abandoned'),
    },
  })
  return {
    claim: (request) => batcher.submit(request.couponName, request, request),
    close: () => batcher.close(),
  }
}
