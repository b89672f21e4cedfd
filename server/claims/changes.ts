import type { Pool } from '../db/connect.ts'
import type { Traced } from '../db/slow-statements.ts'
import type { Meters } from '../metrics/meters.ts'
import { type BatchFacts, type BatchLogOptions, createBatchLog, firstOf } from './batch-log.ts'
import { createBatcher } from './batcher.ts'
import { type BatcherClock, systemClock } from './batcher-clock.ts'
import { decideTogether } from './decide.ts'
import type { Change, ChangeOutcome, ClaimLife, ClaimState } from './life.ts'
import { untilDecided } from './retry.ts'
import { confirmClaims, couponOfClaim, releaseClaims } from './sql/claim-changes.ts'
import { within } from './within.ts'

export interface ChangesOptions {
  readonly pool: Pool
  readonly batchSizeMax: number
  readonly queueSizeMax: number
  readonly concurrencyMax: number
  /** Told the id of a coupon after some of its claims were given back. */
  readonly onStockBack?: (couponId: string) => void
  readonly meters?: Pick<Meters, 'watch' | 'observeBatches'> | undefined
  readonly clock?: BatcherClock
  readonly log?: BatchLogOptions['log']
  readonly slowMs?: number | undefined
}

interface Item {
  readonly claimId: string
  readonly change: Change
}

/** The batch's key for confirmations: they lock no coupon, so those of all coupons go together. */
const confirming = 'confirm'

/**
 * Confirms and releases, in batches as the claims themselves: what comes for one coupon while a batch is under way
 * goes with the next one, in one round trip and one commit. Both are safe to repeat, so a lost answer is asked again.
 */
export function createClaimLife(options: ChangesOptions): ClaimLife {
  const {
    pool,
    batchSizeMax,
    queueSizeMax,
    concurrencyMax,
    onStockBack,
    meters,
    clock = systemClock,
    log,
    slowMs,
  } = options
  const runBatch = createBatchLog({ log, slowMs, clock })
  const batcher = createBatcher<Item, ChangeOutcome>({
    flush: ([key = ''], items, deadlineMs) =>
      runBatch<ChangeOutcome | Error>(factsOf(key, items), (batch) =>
        decideTogether<Item, ChangeOutcome>(items, {
          deadlineMs,
          run: (some) => {
            batch.attempts += 1
            return send(pool, key, { items: some, batchId: batch.id })
          },
          undecided: (why) => why,
          clock,
        }),
      ),
    batchSizeMax,
    queueSizeMax,
    concurrencyMax,
    observe: meters?.observeBatches('changes'),
    results: {
      overflow: 'overloaded',
      expiredUnsent: 'unavailable',
      expiredSent: 'unknown',
      abandoned: 'unavailable',
    },
    clock,
  })

  meters?.watch('changes_waiting', queueSizeMax, () => batcher.stats().waiting)
  meters?.watch('change_lanes', queueSizeMax + concurrencyMax, () => batcher.stats().lanes)
  meters?.watch('change_batches', concurrencyMax, () => batcher.stats().inFlight)
  return {
    confirm: (claimId, change, deadlineMs) => batcher.submit(confirming, { claimId, change }, { deadlineMs }),
    release: async (claimId, change, deadlineMs) => {
      const found = untilDecided(deadlineMs, () => findCoupon(pool, claimId), clock)
      const waitMs = deadlineMs - clock.now()
      const couponId = await within(found, { waitMs, late: 'unavailable', clock })
      // Nothing was sent that changes anything.
      if (couponId === 'unknown' || couponId === 'unavailable') return 'unavailable'
      if (couponId === null) return 'not_found'
      const outcome = await batcher.submit(couponId, { claimId, change }, { deadlineMs })
      onStockBack?.(couponId)
      return outcome
    },
    close: () => batcher.close(),
  }
}

async function findCoupon(pool: Pool, claimId: string): Promise<string | null> {
  const { rows } = await pool.query<{ coupon_id: string }>({ ...couponOfClaim, values: [claimId] })
  return rows[0]?.coupon_id ?? null
}

/** What the log tells of a batch. */
function factsOf(key: string, items: readonly Item[]): BatchFacts<ChangeOutcome | Error> {
  return {
    about: () => ({
      queue: 'changes',
      ...(key === confirming ? { change: 'confirm' } : { change: 'release', coupon_id: key }),
      size: items.length,
      correlation_ids: firstOf(items.map(({ change }) => change.correlationId)),
    }),
    outcomeOf: (outcome) => (outcome instanceof Error ? 'failed' : outcome),
  }
}

async function send(
  pool: Pool,
  key: string,
  { items, batchId }: { items: readonly Item[]; batchId: string },
): Promise<ChangeOutcome[]> {
  const columns = [
    items.map(({ claimId }) => claimId),
    items.map(({ change }) => change.actor),
    items.map(({ change }) => change.reason),
    items.map(({ change }) => change.correlationId),
  ]
  const statement =
    key === confirming
      ? { ...confirmClaims, values: columns }
      : { ...releaseClaims, values: [key, ...columns] }
  const about = () => ({
    batch_id: batchId,
    size: items.length,
    correlation_ids: firstOf(items.map(({ change }) => change.correlationId)),
  })
  const query = { ...statement, about } satisfies Traced
  const { rows } = await pool.query<{ state: ClaimState | null }>(query)
  return rows.map(({ state }) => state ?? 'not_found')
}
