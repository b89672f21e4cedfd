import type { Pool, PoolClient } from '../db/connect.ts'
import type { Traced } from '../db/slow-statements.ts'
import { isFenced } from '../db/sqlstate.ts'
import { firstOf } from './batch-log.ts'
import { type ClaimDecision, type ClaimOutcome, type ClaimRequest, told } from './claim.ts'
import { claimBatch, claimBatchAgain } from './sql/claim-batch.ts'
import { claimFenced } from './sql/claim-fenced.ts'

export interface Sending {
  /** True when an attempt before this one may have been stored, or was refused for the fault of one claim among others. */
  readonly isRetry: boolean
  /** Undefined for a claim that goes alone. */
  readonly batchId?: string | undefined
}

/** What the statement says of a claim it did nothing for, since its coupon is held up elsewhere. */
type RowOutcome = ClaimOutcome | 'deferred'

/**
 * Sends claims as one statement; resolves to one decision a claim, in order. Null, and only when there are several
 * coupons: nothing was done for this claim, and it has to be sent with its coupon's alone.
 */
export async function sendClaims(
  connection: Pool | PoolClient,
  requests: readonly ClaimRequest[],
  { isRetry, batchId }: Sending,
): Promise<(ClaimDecision | null)[]> {
  const { names, places } = couponsOf(requests)
  const values = [
    arrayOf(names),
    places,
    arrayOf(requests.map(({ username }) => username)),
    `{${requests.map(({ claimKey }) => claimKey).join(',')}}`,
    columnOf(requests, ({ holdSeconds }) => holdSeconds),
    columnOf(requests, ({ payloadHash }) => payloadHash),
    isRetry,
  ]
  const statement = isRetry ? claimBatchAgain(tagsOf(requests, batchId)) : claimBatch
  const query = { ...statement, rowMode: 'array' as const, values, about: () => aboutOf(requests, batchId) }
  const { rows } = await connection.query<(string | null)[]>(query satisfies Traced)
  return decisionsOf(rows[0])
}

/**
 * Sends one claim that was made under the lock with the number `fence`. Null when nothing was done, since a later holder of
 * the lock has claimed.
 */
export async function sendFencedClaim(
  connection: Pool | PoolClient,
  request: ClaimRequest,
  { fence, isRetry }: { readonly fence: bigint; readonly isRetry: boolean },
): Promise<ClaimDecision | null> {
  const { couponName, username, claimKey, holdSeconds = null, payloadHash = null } = request
  const values = [fence, couponName, username, claimKey, holdSeconds, payloadHash, isRetry]
  try {
    const query = { ...claimFenced, rowMode: 'array' as const, values, about: () => aboutOf([request]) }
    const { rows } = await connection.query<(string | null)[]>(query satisfies Traced)
    const [decision] = decisionsOf(rows[0])
    return decision ?? told('unknown')
  } catch (error) {
    if (isFenced(error)) return null
    throw error
  }
}

/** Correlation ids in the comment of a statement, at most: Postgres shows some 1,000 characters of a statement. */
const taggedMax = 3

/** What the comment of a retry says: the batch, and the first of the requests in it. */
function tagsOf(requests: readonly ClaimRequest[], batchId: string | undefined) {
  const context = requests[0]?.trace?.context()
  const ids = firstOf(correlationIdsOf(requests), taggedMax)
  return {
    batch: batchId ?? null,
    correlation_id: ids.length > 0 ? ids.join(',') : null,
    traceparent: context?.traceparent ?? null,
    tracestate: context?.tracestate ?? null,
  }
}

/** What the log says of a slow statement. */
function aboutOf(requests: readonly ClaimRequest[], batchId?: string): object {
  return {
    batch_id: batchId,
    size: requests.length,
    correlation_ids: firstOf(correlationIdsOf(requests)),
  }
}

function correlationIdsOf(requests: readonly ClaimRequest[]): (string | undefined)[] {
  return requests.map(({ trace }) => trace?.correlationId)
}

/** The coupons' names, each once, and for each claim the place of its own; null when there is one. */
function couponsOf(requests: readonly ClaimRequest[]): { names: string[]; places: string | null } {
  const placeOf = new Map<string, number>()
  const places = requests.map(({ couponName }) => {
    const known = placeOf.get(couponName) ?? placeOf.size + 1
    if (known > placeOf.size) placeOf.set(couponName, known)
    return known
  })
  return { names: [...placeOf.keys()], places: placeOf.size > 1 ? `{${places.join(',')}}` : null }
}

/** What may stand in an array literal as it is. */
const plain = /^[\w.-]+$/

/** The text of a Postgres array; pg's own way of writing it takes several times as long. */
function arrayOf(texts: readonly string[]): string {
  return `{${texts.map((text) => (plain.test(text) && text.toUpperCase() !== 'NULL' ? text : quoted(text))).join(',')}}`
}

function quoted(text: string): string {
  return `"${text.replaceAll(/["\\]/g, '\\$&')}"`
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

/** Of the one row of lists. */
function decisionsOf(row: readonly (string | null)[] = []): (ClaimDecision | null)[] {
  const [outcomes, ids, ...others] = row
  const claimIds = ids?.split(',') ?? []
  const [untils, replays] = others.map((list) => list?.split(','))
  return ((outcomes ?? '').split(',') as RowOutcome[]).map((outcome, position) => {
    if (outcome === 'deferred') return null
    const claimId = claimIds[position] || null
    const untilMs = untils?.[position] || null
    const isReplay = replays?.[position] === 't'
    if (claimId === null && untilMs === null && !isReplay) return told(outcome)
    return { outcome, claimId, until: untilMs === null ? null : new Date(Number(untilMs)), isReplay }
  })
}
