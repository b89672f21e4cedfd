import { fateOf } from '../db/sqlstate.ts'
import type { Meters } from '../metrics/meters.ts'
import { type BatchFacts, type BatchLogOptions, createBatchLog, firstOf } from './batch-log.ts'
import { createBatcher } from './batcher.ts'
import type { BatcherClock } from './batcher-clock.ts'
import { deferred } from './batching.ts'
import { type ClaimDecision, type ClaimRequest, type ClaimStrategy, told } from './claim.ts'
import { decideTogether } from './decide.ts'

/**
 * Sends claims as one statement; resolves to one decision a claim, in order. Null, and only when there are several
 * coupons: nothing was done for this claim, and it has to be sent with its coupon's alone.
 */
export type SendClaims = (
  requests: readonly ClaimRequest[],
  isRetry: boolean,
  batchId?: string,
) => Promise<readonly (ClaimDecision | null)[]>

export interface BatchOptions {
  readonly send: SendClaims
  readonly batchSizeMax: number
  readonly queueSizeMax: number
  /** Batches under way at once; at most the pool's size, so that none waits for a connection. */
  readonly concurrencyMax: number
  readonly meters?: Pick<Meters, 'watch' | 'observeBatches'> | undefined
  readonly clock?: BatcherClock
  /** Tells of batches; without it nobody does. */
  readonly log?: BatchLogOptions['log']
  readonly slowMs?: number | undefined
}

type Decided = ClaimDecision | typeof deferred

/**
 * Group commit: the claims for one coupon that come while a batch is under way are decided together by the
 * next one, in one round trip and one fsync. Coupons that are hot at the same time share batches.
 */
export function createBatchStrategy(options: BatchOptions): ClaimStrategy {
  const { send, batchSizeMax, queueSizeMax, concurrencyMax, meters, clock, log, slowMs } = options
  const runBatch = createBatchLog({ log, slowMs, clock })
  const sharedMax = sharedOf(concurrencyMax)
  const batcher = createBatcher<ClaimRequest, ClaimDecision>({
    sharedMax,
    flush: (couponNames, requests, deadlineMs) =>
      runBatch<Decided | Error>(factsOf(couponNames, requests), (batch) => {
        for (const { trace } of requests) trace?.sentIn(batch.id)
        const sendThese: SendClaims = (some, isRetry) => {
          batch.attempts += 1
          return send(some, isRetry, batch.id)
        }
        return decideTogether<ClaimRequest, Decided | Error>(requests, {
          deadlineMs,
          run: (some, isRetry) => (isRetry ? sendEachCoupon(sendThese, some) : sendTogether(sendThese, some)),
          undecided: told,
          clock,
        })
      }),
    batchSizeMax,
    queueSizeMax,
    concurrencyMax,
    observe: meters?.observeBatches('claims'),
    results: {
      overflow: told('overloaded'),
      expiredUnsent: told('unavailable'),
      expiredSent: told('unknown'),
      abandoned: told('abandoned'),
    },
    clock,
  })
  // What shared batches put off was let in before, and waits again beside a full queue.
  const putOffMax = sharedMax * batchSizeMax
  meters?.watch('claims_waiting', queueSizeMax + putOffMax, () => batcher.stats().waiting)
  meters?.watch('claim_lanes', queueSizeMax + putOffMax + concurrencyMax, () => batcher.stats().lanes)
  meters?.watch('claim_batches', concurrencyMax, () => batcher.stats().inFlight)
  return {
    claim: (request) => batcher.submit(request.couponName, request, request),
    close: () => batcher.close(),
  }
}

/** What the log tells of a batch: the first of its coupons, and how many they are. */
function factsOf(
  couponNames: readonly string[],
  requests: readonly ClaimRequest[],
): BatchFacts<Decided | Error> {
  return {
    about: () => ({
      queue: 'claims',
      coupons: firstOf(couponNames),
      coupon_count: couponNames.length,
      size: requests.length,
      correlation_ids: firstOf(requests.map(({ trace }) => trace?.correlationId)),
    }),
    outcomeOf: (decided) =>
      decided === deferred ? 'deferred' : decided instanceof Error ? 'failed' : decided.outcome,
  }
}

/** One would stop all when the database is slow with it; more make no difference (docs/decisions/0009). */
const sharedAtOnce = 2

/** The rest is for coupons that are waited for. */
function sharedOf(concurrencyMax: number): number {
  return Math.min(sharedAtOnce, concurrencyMax - 1)
}

async function sendTogether(send: SendClaims, requests: readonly ClaimRequest[]): Promise<Decided[]> {
  const decisions = await send(requests, false)
  return decisions.map((decision) => decision ?? deferred)
}

/**
 * After a lost answer, and for a half of a batch that was refused: coupon by coupon, each waited for. The lost attempt
 * may hold the locks still, and what it decided or is going to decide must be found, not put off; and if one half were
 * put off, the other's claims for the same coupon would be decided before it. What nobody foresaw is the fault of one coupon alone:
 * those before it are committed, and told.
 */
async function sendEachCoupon(
  send: SendClaims,
  requests: readonly ClaimRequest[],
): Promise<(Decided | Error)[]> {
  const decided = new Map<ClaimRequest, Decided | Error>()
  for (const couponName of new Set(requests.map((request) => request.couponName))) {
    const own = requests.filter((request) => request.couponName === couponName)
    const decisions = await send(own, true).catch((error: unknown) => own.map(() => unforeseen(error)))
    for (const [position, request] of own.entries())
      decided.set(request, decisions[position] ?? told('unknown'))
  }
  return requests.map((request) => decided.get(request) ?? told('unknown'))
}

/** Throws the error again when trying again may mend it, or halving the batch. */
function unforeseen(error: unknown): Error {
  if (error instanceof Error && fateOf(error) === 'fatal') return error
  throw error
}
