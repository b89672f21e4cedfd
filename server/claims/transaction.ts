import type { Pool, PoolClient } from '../db/connect.ts'
import { type ClaimDecision, type ClaimRequest, told } from './claim.ts'
import { untilDecided } from './retry.ts'

export interface Sending<Decision> {
  /** Called before anything is sent. */
  readonly onSent: () => void
  /** One statement, which commits. `isRetry` when an attempt before this one may have been stored. */
  readonly send: (client: PoolClient, isRetry: boolean) => Promise<Decision>
}

/**
 * Decides one claim in a transaction of its own, again if its answer was lost, until the deadline. Nothing is sent after
 * the deadline.
 */
export async function claimInTransaction<Decision extends ClaimDecision | null>(
  pool: Pool,
  request: ClaimRequest,
  sending: Sending<Decision>,
): Promise<Decision | ClaimDecision> {
  const decided = await untilDecided(request.deadlineMs, (isRetry) =>
    attempt(pool, request, { ...sending, isRetry }),
  )
  return typeof decided === 'string' ? told(decided) : decided
}

async function attempt<Decision>(
  pool: Pool,
  request: ClaimRequest,
  { isRetry, onSent, send }: Sending<Decision> & { readonly isRetry: boolean },
): Promise<Decision | ClaimDecision | 'unavailable'> {
  const client = await pool.connect()
  let failure: unknown
  try {
    if (request.isAbandoned?.() === true) return told('abandoned')
    if (performance.now() >= request.deadlineMs) return 'unavailable'
    onSent()
    return await send(client, isRetry)
  } catch (error) {
    failure = error
    throw error
  } finally {
    // After a failure the connection's state is unknown: it is dropped, and the server rolls back.
    client.release(failure !== undefined)
  }
}
