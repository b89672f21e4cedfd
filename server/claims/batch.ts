import type { Pool } from '../db/connect.ts'
import { fateOf } from '../db/sqlstate.ts'
import { createBatcher } from './batcher.ts'
import type { ClaimOutcome, ClaimRequest, ClaimStrategy } from './claim.ts'
import { untilDecided } from './retry.ts'
import { claimBatch } from './sql/claim-batch.ts'

export interface BatchOptions {
  readonly pool: Pool
  readonly batchSizeMax: number
  readonly queueSizeMax: number
  /** Coupons decided at once; at most the pool's size, so that no batch waits for a connection. */
  readonly concurrencyMax: number
}

/** A decided claim, or why the database refused this one. */
type Decision = ClaimOutcome | Error

/**
 * Group commit: the claims for one coupon that come while a batch is under way are decided together by the
 * next one, in one round trip and one fsync.
 */
export function createBatchStrategy(options: BatchOptions): ClaimStrategy {
  const { pool, batchSizeMax, queueSizeMax, concurrencyMax } = options
  const batcher = createBatcher<ClaimRequest, Decision>({
    flush: (couponName, requests, deadlineMs) => decide(pool, couponName, requests, deadlineMs),
    batchSizeMax,
    queueSizeMax,
    concurrencyMax,
    results: {
      overflow: 'overloaded',
      expiredUnsent: 'unavailable',
      expiredSent: 'unknown',
      abandoned: 'abandoned',
    },
  })
  return {
    claim: async (request) => {
      const decision = await batcher.submit(request.couponName, request, request)
      if (decision instanceof Error) throw decision
      return decision
    },
    close: () => batcher.close(),
  }
}

async function decide(
  pool: Pool,
  couponName: string,
  requests: readonly ClaimRequest[],
  deadlineMs: number,
): Promise<Decision[]> {
  try {
    const decided = await untilDecided(deadlineMs, () => runBatch(pool, couponName, requests))
    return typeof decided === 'string' ? requests.map(() => decided) : decided
  } catch (error) {
    if (fateOf(error) !== 'rejected') throw error
    if (requests.length === 1) return [error as Error]
    return decideHalves(pool, couponName, requests, deadlineMs)
  }
}

/** One poisonous claim must not take its fellows down: it is cornered by halving the batch. */
async function decideHalves(
  pool: Pool,
  couponName: string,
  requests: readonly ClaimRequest[],
  deadlineMs: number,
): Promise<Decision[]> {
  const middle = Math.ceil(requests.length / 2)
  const first = await decide(pool, couponName, requests.slice(0, middle), deadlineMs)
  const second = await decide(pool, couponName, requests.slice(middle), deadlineMs)
  return [...first, ...second]
}

async function runBatch(
  pool: Pool,
  couponName: string,
  requests: readonly ClaimRequest[],
): Promise<ClaimOutcome[]> {
  const { rows } = await pool.query<[ClaimOutcome]>({
    ...claimBatch,
    rowMode: 'array',
    values: [couponName, requests.map(({ username }) => username), requests.map(({ claimKey }) => claimKey)],
  })
  return rows.map(([outcome]) => outcome)
}
