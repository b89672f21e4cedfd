import type { Pool, PoolClient } from '../db/connect.ts'
import type { ClaimOutcome, ClaimRequest } from './claim.ts'
import { untilDecided } from './retry.ts'
import { findClaimant, lockCoupon, storeClaim, takeUnit } from './sql/claim-one.ts'

/**
 * Decides one claim in a transaction of its own, again if its answer was lost, until the deadline. `onSent` is
 * called before anything is sent, and nothing is sent after the deadline.
 */
export function claimInTransaction(
  pool: Pool,
  request: ClaimRequest,
  onSent: () => void,
): Promise<ClaimOutcome> {
  return untilDecided(request.deadlineMs, () => attempt(pool, request, onSent))
}

async function attempt(pool: Pool, request: ClaimRequest, onSent: () => void): Promise<ClaimOutcome> {
  const client = await pool.connect()
  let failure: unknown
  try {
    if (request.isAbandoned?.() === true) return 'abandoned'
    if (performance.now() >= request.deadlineMs) return 'unavailable'
    onSent()
    await client.query('BEGIN')
    const outcome = await decide(client, request)
    await client.query(outcome === 'claimed' ? 'COMMIT' : 'ROLLBACK')
    return outcome
  } catch (error) {
    failure = error
    throw error
  } finally {
    // After a failure the connection's state is unknown: it is dropped, and the server rolls back.
    client.release(failure !== undefined)
  }
}

async function decide(client: PoolClient, request: ClaimRequest): Promise<ClaimOutcome> {
  const coupon = await firstRow<{ id: string; remaining_amount: number }>(client, lockCoupon, [
    request.couponName,
  ])
  if (coupon === undefined) return 'coupon_not_found'
  const user = await firstRow<{ id: string; claim_key: string | null }>(client, findClaimant, [
    request.username,
    coupon.id,
  ])
  if (user === undefined) return 'user_not_found'
  // This claim's own key on record: an earlier attempt was committed and its answer lost.
  if (user.claim_key !== null) return user.claim_key === request.claimKey ? 'claimed' : 'already_claimed'
  if (coupon.remaining_amount === 0) return 'sold_out'
  await client.query({ ...storeClaim, values: [user.id, coupon.id, request.claimKey] })
  const taken = await client.query({ ...takeUnit, values: [coupon.id] })
  return taken.rowCount === 1 ? 'claimed' : 'sold_out'
}

async function firstRow<Row extends object>(
  client: PoolClient,
  statement: { readonly name: string; readonly text: string },
  values: readonly unknown[],
): Promise<Row | undefined> {
  const { rows } = await client.query<Row>({ ...statement, values: [...values] })
  return rows[0]
}
