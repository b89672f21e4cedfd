import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { createClaimLife } from '../../server/claims/changes.ts'
import type { ClaimStrategy } from '../../server/claims/claim.ts'
import type { ClaimLife } from '../../server/claims/life.ts'
import type { StrategyName } from '../../server/claims/names.ts'
import { createStrategy } from '../../server/claims/strategies.ts'
import { type Config, loadConfig } from '../../server/config.ts'
import { connectPool } from '../../server/db/connect.ts'
import { createLifecycle } from '../../server/lifecycle.ts'
import { type Claimer, type RemoteStrategy, startClaimers } from './claimers.ts'
import { createTestDatabase, type TestDatabase, type TestDatabaseOptions } from './database.ts'
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts'
import { until } from './until.ts'

/** Where one strategy is put to the test; whatever is opened here is closed with it. */
export interface ClaimBench {
  readonly name: StrategyName
  /** A lock's waiters poll, so many of them are slow: how many claims at once this strategy is given. */
  readonly crowd: number
  database(options?: TestDatabaseOptions): Promise<TestDatabase>
  open(url: string, options?: OpenOptions): ClaimStrategy
  /** What changes claims after they were made; the same for every strategy. */
  openLife(url: string): ClaimLife
  /** The same for another process. */
  remote(url: string, options?: OpenOptions): RemoteStrategy
  /** A session of somebody else that holds the coupon's row until it is released. */
  holdCoupon(database: TestDatabase, coupon: string): Promise<ForeignSession>
  proxy(url: string): Promise<TcpProxy>
  /** A claimer process of this test alone, which it may kill. */
  startClaimer(): Promise<Claimer>
  close(): Promise<void>
}

export interface OpenOptions {
  readonly timeoutMs?: number
  readonly claim?: Partial<Config['claim']>
  /** The claims of the original: three tries, half a second apart. */
  readonly hasDefaultLock?: boolean
}

export interface ForeignSession {
  query(sql: string): Promise<unknown>
  /** Commits, which lets the row go. */
  release(): Promise<void>
}

/** The settings of an installation without any configuration. */
export const defaults: Config = loadConfig({ environment: {}, folder: join(tmpdir(), 'no-such-folder') })

/** Tries enough for a lock to be waited for, so that exactness can be asked of it too. */
const patientLock = { expiryMs: 20_000, tries: 4000, delayMs: 10 }

export function createClaimBench(name: StrategyName, redisUrl: string): ClaimBench {
  const lifecycle = createLifecycle()
  const partsOf = ({ timeoutMs = 10_000, claim = {}, hasDefaultLock = false }: OpenOptions) => ({
    redisUrl,
    timeoutMs,
    claim: { ...defaults.claim, lock: hasDefaultLock ? defaults.claim.lock : patientLock, ...claim },
  })
  return {
    name,
    crowd: name === 'lock' ? 24 : 120,
    database: async (options) => {
      const database = await createTestDatabase(options)
      lifecycle.push('the database', database.close)
      return database
    },
    open: (url, options = {}) => {
      const parts = partsOf(options)
      const pool = connectPool(url, { max: 4, timeoutMs: parts.timeoutMs })
      const strategy = createStrategy(name, { ...parts, pool })
      lifecycle.push('the pool', () => pool.end())
      lifecycle.push('the strategy', strategy.close)
      return strategy
    },
    openLife: (url) => {
      const pool = connectPool(url, { max: 4 })
      const life = createClaimLife({ pool, ...defaults.claim, concurrencyMax: 4 })
      lifecycle.push('the pool of the life', () => pool.end())
      lifecycle.push('the life', life.close)
      return life
    },
    remote: (databaseUrl, options = {}) => ({ name, databaseUrl, ...partsOf(options) }),
    holdCoupon: async (database, coupon) => {
      const session = await holdCoupon(database.url, coupon)
      lifecycle.push('the foreign session', session.release)
      return session
    },
    proxy: async (url) => {
      const proxy = await startTcpProxy(url)
      lifecycle.push('the proxy', proxy.close)
      return proxy
    },
    startClaimer: async () => {
      const [claimer] = await startClaimers(1)
      lifecycle.push('the claimer', claimer!.kill)
      return claimer!
    },
    close: lifecycle.close,
  }
}

/** Holds the coupon's row until it is released. */
export async function holdCoupon(url: string, coupon: string): Promise<ForeignSession> {
  const client = new pg.Client({ connectionString: url, application_name: 'foreign session' })
  client.on('error', () => {})
  await client.connect()
  await client.query('BEGIN')
  await client.query('SELECT 1 FROM coupons WHERE name = $1::text FOR UPDATE', [coupon])
  let releasing: Promise<void> | undefined
  const release = async () => {
    await client.query('COMMIT')
    await client.end()
  }
  return {
    query: (sql) => client.query(sql),
    release: () => {
      releasing ??= release()
      return releasing
    },
  }
}

/** Resolves when as many of the strategy's sessions wait for a lock in the database; gives their pids. */
export async function untilBlocked({ pool }: TestDatabase, count = 1): Promise<number[]> {
  let pids: number[] = []
  await until(`${count} sessions wait for a lock`, async () => {
    const { rows } = await pool.query<{ pid: number }>(
      `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    )
    pids = rows.map(({ pid }) => pid)
    return pids.length >= count
  })
  return pids
}
