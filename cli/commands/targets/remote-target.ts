import { AppError, type Config, loadConfig } from '../../../server/public/basics.ts'
import {
  connectPool,
  databaseVersion,
  findDatabase,
  readLedger,
  seedUsers,
} from '../../../server/public/database.ts'
import { type Ledger, stockOf } from '../../stress/ledger.ts'
import type { StressPlan } from '../../stress/plan.ts'
import { usernameOf } from '../../stress/usernames.ts'
import { number } from '../../words.ts'
import { type CouponApi, createCouponApi } from './api.ts'
import { type AuthorizationOf, findAuthority } from './authority.ts'
import { ledgerOr } from './ledger.ts'
import { orAbort } from './or-abort.ts'
import type { Target, TargetContext } from './target.ts'

type RemotePlan = StressPlan & { readonly url: string }

/** The part of a target that depends on whether its database can be read. */
type Evidence = Pick<Target, 'evidence' | 'postgres' | 'readLedger'>

/** As many users as the API makes by itself: user_0 to user_100. */
const apiUsersMax = 101

/** A server that runs already. Everything is looked at before anything is changed there. */
export async function openRemoteTarget(plan: RemotePlan, context: TargetContext): Promise<Target> {
  const config = loadConfig({ flags: { config: context.config } })
  const { apiPrefix } = config.app
  const apiWith = (authorization: string | null) =>
    createCouponApi({ url: plan.url, apiPrefix, authorization, signal: context.signal })
  await apiWith(null).recognise()
  const authority = await findAuthority({ ...plan, apiPrefix, config }, context)
  const api = apiWith(authority.admin)
  const strategy = await api.readStrategy()
  const existing = await api.findCoupon(plan.coupon)
  if (existing !== null) checkStock(plan, existing)
  const database = await openDatabase(config, context)
  if (database === null) checkUsers(plan)
  const authorizationOf = await authority.prepare(plan.users, context.signal)
  if (database === null && authority.kind === 'signed') await checkUsersExist(plan, authorizationOf, apiWith)

  if (existing === null) await api.createCoupon(plan.coupon, plan.quota)
  const evidence =
    database === null
      ? await useApi(plan, { api, isOpen: authority.kind === 'open' }, context)
      : await useDatabase(plan, { api, database, context })
  const auth = { auth: authority.kind, authorizationOf }
  return {
    url: plan.url,
    claimPath: pathOf(plan.url, apiPrefix),
    strategy,
    redis: null,
    ...auth,
    ...evidence,
  }
}

function pathOf(url: string, apiPrefix: string): string {
  return `${new URL(url).pathname.replace(/\/$/, '')}${apiPrefix}/coupons/claim`
}

function checkStock({ coupon, quota, isQuotaGiven }: RemotePlan, existing: Ledger): void {
  const stock = stockOf(existing)
  if (!isQuotaGiven || quota === stock) return
  throw new AppError(
    'invalid',
    `--quota: got ${number(quota)}, but coupon ${coupon} exists with ${number(stock)} units left; ` +
      'leave --quota out to storm those, or name a coupon that does not exist.',
  )
}

function checkUsers({ users }: RemotePlan): void {
  if (users <= apiUsersMax) return
  throw new AppError(
    'invalid',
    `--users: got ${number(users)}, but only ${apiUsersMax} can be made through the API; ` +
      "set DATABASE_URL to the server's database to have them seeded there.",
  )
}

/** A server in token mode makes no demo users, so they must be there. */
async function checkUsersExist(
  { users }: RemotePlan,
  authorizationOf: AuthorizationOf | null,
  apiWith: (authorization: string | null) => CouponApi,
): Promise<void> {
  const last = users - 1
  if (authorizationOf === null || (await apiWith(authorizationOf(last)).readRole()) !== null) return
  throw new AppError(
    'not_found',
    `The server has no user ${usernameOf(last)}. Run "coupon seed --users ${users}" with its database, ` +
      'or set DATABASE_URL to that to have them seeded.',
  )
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

interface DatabaseUse {
  readonly api: CouponApi
  readonly database: Database
  readonly context: TargetContext
}

/** Users are seeded only once it is certain that the database is the server's. */
async function useDatabase(
  { coupon, users }: RemotePlan,
  { api, database, context }: DatabaseUse,
): Promise<Evidence> {
  const { pool, description } = database
  const [told, stored] = [await api.findCoupon(coupon), await readLedger(pool, coupon)]
  if (told === null || stored === null || !isSame(told, stored)) {
    throw new AppError(
      'config',
      `The server's coupon ${coupon} is not in ${description}, so that is not the server's database. ` +
        'Set DATABASE_URL to the one it uses, or run where no database is configured to prove it through the API alone.',
    )
  }
  context.announce(`Seeding ${number(users)} users …`)
  await orAbort(seedUsers(pool, { count: users }), context.signal)
  return {
    evidence: 'database',
    postgres: await databaseVersion(pool),
    readLedger: () => ledgerOr(readLedger(pool, coupon), coupon),
  }
}

function isSame(told: Ledger, stored: Ledger): boolean {
  return told.amount === stored.amount && told.remaining_amount === stored.remaining_amount
}

async function useApi(
  { coupon }: RemotePlan,
  { api, isOpen }: { api: CouponApi; isOpen: boolean },
  { announce }: TargetContext,
): Promise<Evidence> {
  announce('No database is configured or running here: the proof is read through the API.')
  if (isOpen) await api.registerUsers()
  return { evidence: 'api', postgres: null, readLedger: () => ledgerOr(api.findCoupon(coupon), coupon) }
}
