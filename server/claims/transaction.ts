import type { Pool } from '../db/connect.ts'
import { type ClaimDecision, type ClaimRequest, told } from './claim.ts'
import { sendClaims } from './claim-rows.ts'
import { untilDecided } from './retry.ts'

/**
 * Decides one claim in a transaction of its own, again if its answer was lost, until the deadline. `onSent` is
 * called before anything is sent, and nothing is sent after the deadline.
 */
export async function claimInTransaction(
  pool: Pool,
  request: ClaimRequest,
  onSent: () => void,
): Promise<ClaimDecision> {
  const decided = await untilDecided(request.deadlineMs, (isRetry) =>
    attempt(pool, request, { isRetry, onSent }),
  )
  return typeof decided === 'string' ? told(decided) : decided
}

async function attempt(
  pool: Pool,
  request: ClaimRequest,
  { isRetry, onSent }: { isRetry: boolean; onSent: () => void },
): Promise<ClaimDecision | 'unavailable'> {
  const client = await pool.connect()
  let failure: unknown
  try {
    if (request.isAbandoned?.() === true) return told('abandoned')
    if (performance.now() >= request.deadlineMs) return 'unavailable'
    onSent()
    const [decision] = await sendClaims(client, [request], isRetry)
    return decision ?? told('unknown')
  } catch (error) {
    failure = error
    throw error
  } finally {
    // After a failure the connection's state is unknown: it is dropped, and the server rolls back.
    client.release(failure !== undefined)
  }
}
