import { type Config, loadConfig, newSecret } from '../../../server/public/basics.ts'
import {
  connectPool,
  databaseVersion,
  type Pool,
  provideTemporaryDatabase,
  removeAllCoupons,
  seedUsers,
} from '../../../server/public/database.ts'
import type { StressPlan } from '../../stress/plan.ts'
import { count } from '../../words.ts'
import { createCouponApi } from './api.ts'
import { signingAuthority } from './authority.ts'
import { ledgersIn } from './ledgers.ts'
import { makeCoupons } from './make-coupons.ts'
import { orAbort } from './or-abort.ts'
import { createOwnServer } from './own-server.ts'

import { pathsBelow, type RoundPlan, type Target, type TargetContext } from './target.ts'

/** What a server without an env.json uses. */
const apiPrefix = '/api'

/**
 * A database that exists for these runs alone, with users that are seeded once; and for each round a server process with
 * the strategy that is asked for, on a database without the coupons and claims of the rounds before.
 */
export async function openOwnTarget(plan: StressPlan, context: TargetContext): Promise<Target> {
  const { users } = plan.shape
  const { announce, signal } = context
  // A strategy that does not exist is told before anything is opened.
  const configs = plan.strategies.map((strategy) => configFor(strategy, context))
  const database = await openDatabase(context)
  const redisOwner = configs.find(({ claim }) => claim.strategy === 'lock')
  const redis = redisOwner === undefined ? null : await openRedis(redisOwner, context)
  const secret = newSecret()
  const { kind, admin, prepare } = signingAuthority(secret)

  announce(`Seeding ${count(users, 'user')} …`)
  const seeding = seedUsers(database.pool, { count: users, signal })
  const [authorizations] = await orAbort(Promise.all([prepare(users, signal), seeding]), signal)
  const server = createOwnServer({
    secret,
    databaseUrl: database.url,
    redisUrl: redis?.url ?? null,
    announce,
  })
  context.lifecycle.push('the server process', server.close)

  return {
    auth: kind,
    authorizations,
    evidence: 'database',
    postgres: await databaseVersion(database.pool),
    redis: redis?.version ?? null,
    openRound: async (round: RoundPlan) => {
      const { strategy } = configFor(round.strategy, context).claim
      await removeAllCoupons(database.pool)
      const url = await orAbort(server.run(strategy), signal)
      const api = createCouponApi({ url, apiPrefix, authorization: admin, signal })
      await makeCoupons(api, round)
      const readLedgers = () => ledgersIn(database.pool, round.couponNames)
      return { url, paths: pathsBelow(url, apiPrefix), strategy, readLedgers }
    },
  }
}

function configFor(strategy: string | null, { config }: TargetContext): Config {
  return loadConfig({ flags: { config, strategy: strategy ?? undefined } })
}

async function openDatabase({
  announce,
  lifecycle,
  signal,
}: TargetContext): Promise<{ url: string; pool: Pool }> {
  const { url, close } = await provideTemporaryDatabase({ announce })
  lifecycle.push('the temporary database', close)
  signal.throwIfAborted()
  const pool = connectPool(url, { max: 2 })
  lifecycle.push('the database connections', () => pool.end())
  return { url, pool }
}

async function openRedis({ redis: { url } }: Config, { announce, lifecycle, signal }: TargetContext) {
  const { provideRedis } = await import('../../../server/public/redis.ts')
  const redis = await provideRedis({ url, announce })
  lifecycle.push('Redis', redis.close)
  signal.throwIfAborted()
  return redis
}
