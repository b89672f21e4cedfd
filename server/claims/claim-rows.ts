import type { Pool, PoolClient } from '../db/connect.ts'
import type { ClaimDecision, ClaimOutcome, ClaimRequest } from './claim.ts'
import { claimBatch } from './sql/claim-batch.ts'

type Row = readonly [outcome: ClaimOutcome, claimId: string | null, until: Date | null, isReplay: boolean]

/** Sends claims for one coupon as one statement; resolves to one decision a claim, in order. */
export async function sendClaims(
  connection: Pool | PoolClient,
  requests: readonly ClaimRequest[],
  isRetry: boolean,
): Promise<ClaimDecision[]> {
  const values = [
    requests[0]?.couponName,
    requests.map(({ username }) => username),
    requests.map(({ claimKey }) => claimKey),
    columnOf(requests, ({ holdSeconds }) => holdSeconds),
    columnOf(requests, ({ payloadHash }) => payloadHash),
    isRetry,
  ]
  const { rows } = await connection.query<Row[]>({ ...claimBatch, rowMode: 'array', values })
  return (rows as unknown as Row[]).map(([outcome, claimId, until, isReplay]) => ({
    outcome,
    claimId,
    until,
    isReplay,
  }))
}

/** Null in place of a column in which there is nothing: most batches have neither holds nor keys. */
function columnOf<T>(
  requests: readonly ClaimRequest[],
  pick: (request: ClaimRequest) => T | undefined,
): (T | null)[] | null {
  return requests.some((request) => pick(request) !== undefined)
    ? requests.map((request) => pick(request) ?? null)
    : null
}
