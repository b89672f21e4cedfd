import { AppError, type Config } from '../../../server/public/basics.ts'
import {
  connectPool,
  databaseVersion,
  findDatabase,
  readLedger,
  seedUsers,
} from '../../../server/public/database.ts'
import type { Ledger } from '../../stress/proof/ledger.ts'
import { usernameOf } from '../../stress/usernames.ts'
import { count } from '../../words.ts'
import type { CouponApi } from './api.ts'
import { ledgersIn, ledgersOf } from './ledgers.ts'
import { missingUser } from './missing-user.ts'
import { orAbort } from './or-abort.ts'
import type { TargetContext } from './target.ts'

/** Where the proof of a storm at another server is read. */
export interface Evidence {
  readonly kind: 'database' | 'api'
  readonly postgres: string | null
  /** Once a coupon of ours is there: finds out whether this is the server's database, and whether its users are there. */
  settle(couponName: string): Promise<void>
  readLedgers(couponNames: readonly string[]): Promise<Ledger[]>
}

export interface EvidenceParts {
  readonly users: number
  /** Whether users that are missing can be told by asking the API about them. */
  readonly asksForUsers: boolean
  readonly api: CouponApi
  readonly context: TargetContext
}

/** The configured database, or the embedded one of this folder if it runs; else the API itself. */
export async function findEvidence(config: Config, parts: EvidenceParts): Promise<Evidence> {
  const database = await openDatabase(config, parts.context)
  if (database === null) {
    parts.context.announce('No database is configured or running here: the proof is read through the API.')
    return apiEvidence(parts)
  }
  const { pool } = database
  const settle = once((couponName) => useDatabase(couponName, { ...parts, database }))
  const readLedgers = (names: readonly string[]) => ledgersIn(pool, names)
  return { kind: 'database', postgres: await databaseVersion(pool), settle, readLedgers }
}

function apiEvidence({ users, asksForUsers, api }: EvidenceParts): Evidence {
  const settle = once(async (couponName) => {
    if (asksForUsers && (await api.isUserKnown(usernameOf(users - 1), couponName)) === false)
      throw missingUser(users)
  })
  return { kind: 'api', postgres: null, settle, readLedgers: (names) => ledgersOf(api, names) }
}

/** What is certain stays so. */
function once(work: (couponName: string) => Promise<void>): (couponName: string) => Promise<void> {
  let done: Promise<void> | undefined
  return (couponName) => {
    done ??= work(couponName)
    return done
  }
}

type Database = Awaited<ReturnType<typeof openDatabase>> & object

async function openDatabase(config: Config, { announce, lifecycle, signal }: TargetContext) {
  const database = await findDatabase(config)
  if (database === null) return null
  lifecycle.push('the database', database.close)
  signal.throwIfAborted()
  const pool = connectPool(database.url, { max: 2 })
  lifecycle.push('the database connections', () => pool.end())
  announce(`The proof is read from ${database.description}.`)
  return { pool, description: database.description }
}

/** Users are seeded only once it is certain that the database is the server's. */
async function useDatabase(
  couponName: string,
  { users, api, context, database: { pool, description } }: EvidenceParts & { readonly database: Database },
): Promise<void> {
  const [told, stored] = [await api.findCoupon(couponName), await readLedger(pool, couponName)]
  if (told === null || stored === null || !isSame(told, stored)) {
    throw new AppError(
      'config',
      `The server's coupon ${couponName} is not in ${description}, so that is not the server's database. ` +
        'Set DATABASE_URL to the one it uses, or run where no database is configured to prove it through the API alone.',
    )
  }
  context.announce(`Seeding ${count(users, 'user')} …`)
  const { signal } = context
  await orAbort(seedUsers(pool, { count: users, signal }), signal)
}

function isSame(told: Ledger, stored: Ledger): boolean {
  return told.amount === stored.amount && told.remaining_amount === stored.remaining_amount
}
