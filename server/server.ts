import { type Chore, startChores } from './chores.ts'
import { createClaimLife } from './claims/changes.ts'
import { createEligibility } from './claims/eligibility.ts'
import { createClaimRecords } from './claims/records.ts'
import { createStrategy } from './claims/strategies.ts'
import { purgeOldAnswers, sweepDueHolds } from './claims/sweep.ts'
import type { Config } from './config.ts'
import { createCoupons } from './coupons/coupons.ts'
import { connectPool, type Pool, warmPool } from './db/connect.ts'
import { assertSchema, schemaState } from './db/migrator.ts'
import { openModels } from './db/models/open.ts'
import { isOutage } from './db/sqlstate.ts'
import { type AppParts, createApp } from './http/app.ts'
import type { Readiness } from './http/health.ts'
import { listen } from './http/listen.ts'
import { createLifecycle } from './lifecycle.ts'
import type { Log } from './log.ts'
import { registerDemoUsers } from './users/demo.ts'

export interface ServerOptions {
  readonly config: Config
  readonly databaseUrl: string
  /** Needed by the strategy `lock` only. */
  readonly redisUrl: string | null
  readonly log: Log
}

export interface RunningServer {
  readonly url: string
  readonly port: number
  /** Stops accepting, answers what was accepted, closes everything in reverse order. */
  close(): Promise<void>
}

/** Requests under way get this long to be answered; the whole stop stays within 10 s. */
const graceMs = 8_000
/** A readiness probe answers within this, whatever the database does. */
const probeTimeoutMs = 900

/** Opens the server: the one place where the concrete parts are named. Throws `AppError`. */
export async function openServer({
  config,
  databaseUrl,
  redisUrl,
  log,
}: ServerOptions): Promise<RunningServer> {
  const lifecycle = createLifecycle()
  try {
    const { timeoutMs } = config.context
    const onError = (error: Error) => log.warn({ err: error }, 'an idle database connection broke')
    const pool = connectPool(databaseUrl, { max: config.database.poolSizeMax, timeoutMs, onError })
    lifecycle.push('the database pool', () => pool.end())
    await assertSchema(pool)
    await warmPool(pool)
    const probe = connectPool(databaseUrl, { max: 1, timeoutMs: probeTimeoutMs })
    lifecycle.push('the probe', () => probe.end())
    const models = openModels(databaseUrl, { max: Math.min(5, config.database.poolSizeMax), timeoutMs })
    lifecycle.push('the models', () => models.close())
    const claims = createStrategy(config.claim.strategy, { pool, redisUrl, claim: config.claim, timeoutMs })
    lifecycle.push('the claim strategy', () => claims.close())
    const life = createClaimLife({ pool, ...config.claim, concurrencyMax: pool.options.max })
    lifecycle.push('the life of the claims', () => life.close())
    const chores = startChores(choresOf(config, pool), (chore, error) =>
      log.warn({ err: error, chore }, 'a chore failed; it is tried again'),
    )
    lifecycle.push('the chores', () => chores.close())
    let isClosing = false
    const app = createApp({
      apiPrefix: config.app.apiPrefix,
      timeoutMs,
      isOpen: true,
      authenticate: () => ({ username: null, isAdmin: true }),
      claims,
      life,
      askEligibility: createEligibility(pool),
      coupons: createCoupons(models),
      claimRecords: createClaimRecords(pool),
      registerDemoUsers: () => registerDemoUsers(pool),
      readiness: async () => readinessOf(probe, config.claim.strategy, isClosing),
      isOutage: isModelOutage,
      log: httpLog(log),
    })
    const listening = await listen(app, config.app)
    lifecycle.push('the HTTP server', () => {
      isClosing = true
      return listening.close(graceMs)
    })
    return { url: listening.url, port: listening.port, close: () => lifecycle.close() }
  } catch (error) {
    await lifecycle.close().catch(() => {})
    throw error
  }
}

/** Kept answers are looked through this often; holds as often as the configuration says. */
const purgeEveryMs = 60_000

function choresOf({ claim }: Config, pool: Pool): Chore[] {
  return [
    {
      name: 'sweep holds',
      everyMs: claim.holdSweepMs,
      run: (signal) => sweepDueHolds(pool, signal),
    },
    {
      name: 'purge answers',
      everyMs: purgeEveryMs,
      run: (signal) => purgeOldAnswers(pool, claim.answersKeptMs, signal),
    },
  ]
}

async function readinessOf(probe: Pool, strategy: string, isClosing: boolean): Promise<Readiness> {
  try {
    const schema = await schemaState(probe)
    const isReady = !isClosing && (schema === 'current' || schema === 'ahead')
    return { isReady, database: 'up', schema, strategy }
  } catch {
    return { isReady: false, database: 'down', schema: 'unknown', strategy }
  }
}

/** Sequelize wraps the driver's error, and has errors of its own for a connection it cannot get. */
function isModelOutage(error: unknown): boolean {
  const { name = '', parent } = error as { name?: string; parent?: unknown }
  return name.startsWith('SequelizeConnection') || isOutage(parent ?? error)
}

function httpLog(log: Log): AppParts['log'] {
  return {
    isDebug: () => log.isLevelEnabled('debug'),
    debug: (fields, message) => log.debug(fields, message),
    warn: (fields, message) => log.warn(fields, message),
    error: (fields, message) => log.error(fields, message),
  }
}
