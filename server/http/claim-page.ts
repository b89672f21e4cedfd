import { type ClaimQuery, type ClaimRecord, type ClaimRecords, claimStates } from '../claims/life.ts'
import { readCursor, writeCursor } from './cursor.ts'
import { HttpError, validationFault } from './errors.ts'
import { readChoice } from './fields.ts'

const limitInitial = 100
const limitMax = 1000

/** A page of claims, as on the wire. */
export interface ClaimPageBody {
  readonly data: readonly ClaimRecord[]
  /** `next_cursor` is null on the last page. */
  readonly meta: { readonly next_cursor: string | null; readonly limit: number }
}

/** The page that `?cursor=&limit=&state=` asks for, of the claims of `owner`. */
export async function readClaimPage(
  records: ClaimRecords,
  search: URLSearchParams,
  owner: Pick<ClaimQuery, 'couponName' | 'username'>,
): Promise<ClaimPageBody> {
  const limit = readLimit(search)
  const list = `${owner.couponName ?? ''}\n${owner.username ?? ''}`
  const after = readCursor(list, search.get('cursor'))
  const query = { ...owner, state: readChoice(search, 'state', claimStates) }
  // One more than is shown tells whether there is another page.
  const found = await records.page(query, { after, limit: limit + 1 })
  const data = found.slice(0, limit)
  const last = data.at(-1)
  const hasMore = found.length > limit && last !== undefined
  return { data, meta: { next_cursor: hasMore ? writeCursor(list, last.id) : null, limit } }
}

function readLimit(search: URLSearchParams): number {
  const given = search.get('limit')
  if (given === null || given === '') return limitInitial
  const limit = /^\d{1,4}$/.test(given) ? Number(given) : 0
  if (limit >= 1 && limit <= limitMax) return limit
  const faults = [{ key: 'limit', value: `must be a whole number from 1 to ${limitMax}` }]
  throw new HttpError(validationFault(faults))
}
