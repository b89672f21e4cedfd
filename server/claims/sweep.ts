import type { Pool } from '../db/connect.ts'
import { couponsWithHoldsDue, purgeAnswers, sweepHolds } from './sql/claim-changes.ts'

/** Holds given back in one transaction, and holds looked at in one search for coupons. */
const holdsAtOnce = 1000
const holdsLookedAt = 10_000
const answersAtOnce = 5000

/** An AbortSignal, of which no more is asked. */
type Stopping = Pick<AbortSignal, 'aborted'>

/**
 * Gives back every hold that has run out, in transactions of at most 1,000, and returns how many it was. Any number of
 * processes may do it at once: each coupon is swept by one of them at a time.
 */
export async function sweepDueHolds(pool: Pool, signal?: Stopping): Promise<number> {
  let total = 0
  for (;;) {
    const { rows } = await pool.query<{ coupon_id: string }>({
      ...couponsWithHoldsDue,
      values: [holdsLookedAt],
    })
    let swept = 0
    for (const { coupon_id } of rows) swept += await sweepCoupon(pool, coupon_id, signal)
    total += swept
    // Nothing found, or all of it in the hands of another process.
    if (swept === 0 || signal?.aborted === true) return total
  }
}

async function sweepCoupon(pool: Pool, couponId: string, signal?: Stopping): Promise<number> {
  let total = 0
  while (signal?.aborted !== true) {
    const { rows } = await pool.query<{ swept: number | null }>({
      ...sweepHolds,
      values: [couponId, holdsAtOnce],
    })
    const swept = rows[0]?.swept ?? 0
    total += swept
    if (swept < holdsAtOnce) break
  }
  return total
}

/** Removes kept answers that are older than `olderThanMs`, in transactions of at most 5,000. */
export async function purgeOldAnswers(pool: Pool, olderThanMs: number, signal?: AbortSignal): Promise<void> {
  while (signal?.aborted !== true) {
    const { rowCount } = await pool.query({ ...purgeAnswers, values: [olderThanMs, answersAtOnce] })
    if ((rowCount ?? 0) < answersAtOnce) return
  }
}
