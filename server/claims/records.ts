import { stringify } from 'csv-stringify/sync'
import type { Pool } from '../db/connect.ts'
import { AppError } from '../errors.ts'
import type { ClaimEvent, ClaimPage, ClaimQuery, ClaimRecord, ClaimRecords } from './life.ts'
import {
  claimById,
  claimsOfCoupon,
  claimsOfUser,
  claimsOfUserAndCoupon,
  couponByName,
  eventsOfClaim,
} from './sql/claim-records.ts'

/** Rows a statement when all are wanted: making CSV of them holds up the event loop for some 10 ms. */
const pageSize = 2000

/** What finds the claims of a query: a statement, and its parameters from the fourth on. */
interface Source {
  readonly statement: string
  readonly values: readonly string[]
}

/** The claims of one database. A connection is borrowed for a statement only, also for an export. */
export function createClaimRecords(pool: Pool): ClaimRecords {
  async function sourceOf({ couponName, username }: ClaimQuery): Promise<Source> {
    if (couponName === undefined) return { statement: claimsOfUser, values: [username ?? ''] }
    const { rows } = await pool.query<{ id: string }>(couponByName, [couponName])
    const [coupon] = rows
    if (coupon === undefined) throw new AppError('coupon_not_found', `There is no coupon ${couponName}.`)
    return username === undefined
      ? { statement: claimsOfCoupon, values: [coupon.id] }
      : { statement: claimsOfUserAndCoupon, values: [coupon.id, username] }
  }

  async function read({ statement, values }: Source, { state }: ClaimQuery, { after, limit }: ClaimPage) {
    const { rows } = await pool.query<ClaimRecord>(statement, [state ?? null, after, limit, ...values])
    return rows
  }

  /** The coupon is looked up once: another one that takes its name meanwhile does not get into the pages. */
  async function* pages(query: ClaimQuery): AsyncGenerator<readonly ClaimRecord[]> {
    const source = await sourceOf(query)
    let after: string | null = null
    for (;;) {
      const page: ClaimRecord[] = await read(source, query, { after, limit: pageSize })
      if (page.length > 0) yield page
      if (page.length < pageSize) return
      after = page.at(-1)?.id ?? null
    }
  }

  return {
    find: async (claimId) => {
      if (!isClaimId(claimId)) return null
      const { rows } = await pool.query<ClaimRecord>(claimById, [claimId])
      return rows[0] ?? null
    },
    events: async (claimId) => {
      if (!isClaimId(claimId)) return []
      return (await pool.query<ClaimEvent>(eventsOfClaim, [claimId])).rows
    },
    page: async (query, page) => read(await sourceOf(query), query, page),
    pages,
    csv: (query) => csvOf(pages(query)),
  }
}

/** Text that the column's type can hold; any other is the id of no claim. */
function isClaimId(text: string): boolean {
  return /^\d{1,19}$/.test(text) && BigInt(text) <= 9_223_372_036_854_775_807n
}

const csvColumns = ['id', 'user_id', 'state', 'created_at', 'updated_at', 'held_until'] as const

/** The first text comes with the first page, so that what cannot be read at all is told before anything is sent. */
async function* csvOf(pages: AsyncIterable<readonly ClaimRecord[]>): AsyncGenerator<string> {
  let header = `${csvColumns.join(',')}\n`
  for await (const page of pages) {
    // A spreadsheet would run a name that begins with "=" as a formula; csv-stringify knows all of OWASP's list but one.
    yield header + stringify(page.map(csvCells), { escape_formulas: true })
    header = ''
  }
  if (header !== '') yield header
}

function csvCells(claim: ClaimRecord): (string | null)[] {
  return csvColumns.map((column) => {
    const value = claim[column]
    if (value instanceof Date) return value.toISOString()
    return value?.startsWith('\n') ? `'${value}` : value
  })
}
