import type { Pool, PoolClient } from '../db/connect.ts'
import { isFenced } from '../db/sqlstate.ts'
import { type ClaimDecision, type ClaimOutcome, type ClaimRequest, told } from './claim.ts'
import { claimBatch } from './sql/claim-batch.ts'
import { claimFenced } from './sql/claim-fenced.ts'

/** What the statement says of a claim it did nothing for, since its coupon is held up elsewhere. */
type RowOutcome = ClaimOutcome | 'deferred'

/**
 * Sends claims as one statement; resolves to one decision a claim, in order. Null, and only when there are several
 * coupons: nothing was done for this claim, and it has to be sent with its coupon's alone.
 */
export async function sendClaims(
  connection: Pool | PoolClient,
  requests: readonly ClaimRequest[],
  isRetry: boolean,
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
  const { rows } = await connection.query<(string | null)[]>({ ...claimBatch, rowMode: 'array', values })
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
    const { rows } = await connection.query<(string | null)[]>({ ...claimFenced, rowMode: 'array', values })
    const [decision] = decisionsOf(rows[0])
    return decision ?? told('unknown')
  } catch (error) {
    if (isFenced(error)) return null
    throw error
  }
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
