import { loadConfig, newSecret } from '../../../server/public/basics.ts'
import {
  connectPool,
  databaseVersion,
  provideTemporaryDatabase,
  readLedger,
  seedUsers,
} from '../../../server/public/database.ts'
import type { StressPlan } from '../../stress/plan.ts'
import { number } from '../../words.ts'
import { createCouponApi } from './api.ts'
import { signingAuthority } from './authority.ts'
import { ledgerOr } from './ledger.ts'
import { orAbort } from './or-abort.ts'
import { startServerProcess } from './server-process.ts'
import type { Target, TargetContext } from './target.ts'

/** What a server without an env.json uses. */
const apiPrefix = '/api'

/** A server process and a database that exist for this run alone. */
export async function openOwnTarget(plan: StressPlan, context: TargetContext): Promise<Target> {
  const { announce, signal } = context
  const config = loadConfig({ flags: { config: context.config, strategy: plan.strategy ?? undefined } })
  const { strategy } = config.claim
  const database = await openDatabase(context)
  const redis = strategy === 'lock' ? await openRedis(config.redis.url, context) : null
  const secret = newSecret()
  const server = startServerProcess({
    secret,
    strategy,
    databaseUrl: database.url,
    redisUrl: redis?.url ?? null,
    announce,
  })
  context.lifecycle.push('the server process', server.stop)

  announce(`Seeding ${number(plan.users)} users and starting a server with the ${strategy} strategy …`)
  const { kind, admin, prepare } = signingAuthority(secret)
  const seeding = seedUsers(database.pool, { count: plan.users })
  const ready = Promise.all([server.listening, prepare(plan.users, signal), seeding])
  const [url, authorizationOf] = await orAbort(ready, signal)
  await createCouponApi({ url, apiPrefix, authorization: admin, signal }).createCoupon(
    plan.coupon,
    plan.quota,
  )
  return {
    url,
    claimPath: `${apiPrefix}/coupons/claim`,
    strategy,
    auth: kind,
    authorizationOf,
    evidence: 'database',
    postgres: await databaseVersion(database.pool),
    redis: redis?.version ?? null,
    readLedger: () => ledgerOr(readLedger(database.pool, plan.coupon), plan.coupon),
  }
}

async function openDatabase({ announce, lifecycle, signal }: TargetContext) {
  const { url, close } = await provideTemporaryDatabase({ announce })
  lifecycle.push('the temporary database', close)
  signal.throwIfAborted()
  const pool = connectPool(url, { max: 2 })
  lifecycle.push('the database connections', () => pool.end())
  return { url, pool }
}

async function openRedis(url: string | null, { announce, lifecycle, signal }: TargetContext) {
  const { provideRedis } = await import('../../../server/public/redis.ts')
  const redis = await provideRedis({ url, announce })
  lifecycle.push('Redis', redis.close)
  signal.throwIfAborted()
  return redis
}
