import pg from 'pg'
import { AppError, messageOf } from '../errors.ts'
import type { PoolUse } from '../metrics/meters.ts'
import { type SlowOptions, timeStatements } from './slow-statements.ts'
import { createSockets } from './sockets.ts'

export type Pool = pg.Pool
export type PoolClient = pg.PoolClient

export interface PoolOptions {
  /** Connections at most. */
  readonly max: number
  /** How long to wait for a connection, and how long for a statement; 10 s when it is not said. */
  readonly timeoutMs?: number
  /** Called when an idle connection breaks; the pool replaces it by itself. */
  readonly onError?: (error: Error) => void
  /** What the connections are for, as pg_stat_activity tells; nothing is added to `coupon` when it is not said. */
  readonly purpose?: string
  /** Told of slow statements, when somebody wants to know. */
  readonly slow?: SlowOptions
}

/**
 * Each statement of a claim must see what was committed when it began: the safety of migrations/0012 rests on it, whatever
 * the database's or the role's default is.
 */
const isolation = '-c default_transaction_isolation=read\\ committed'

/**
 * A pool of pg connections. A statement is bounded on both sides: the server cancels it at `timeoutMs`, and
 * the client gives up a little later, when the server does not answer at all, and drops the connection. It ends
 * whether the server answers or not.
 */
export function connectPool(url: string, options: PoolOptions): Pool {
  const { max, timeoutMs = 10_000, onError, purpose, slow } = options
  const sockets = createSockets()
  const pool = new pg.Pool({
    stream: sockets.open,
    connectionString: url,
    max,
    application_name: applicationName(purpose),
    keepAlive: true,
    connectionTimeoutMillis: timeoutMs,
    statement_timeout: timeoutMs,
    query_timeout: timeoutMs + 500,
    idleTimeoutMillis: 60_000,
    options: isolation,
  })
  const end = pool.end.bind(pool) as () => Promise<void>
  pool.end = () => sockets.ended(end())
  // Without a listener a connection that breaks while idle would end the process.
  pool.on('error', (error) => onError?.(error))
  // The same for one that breaks between its loan and its first query.
  pool.on('connect', (client) => {
    client.on('error', () => {})
    if (slow !== undefined) timeStatements(client, slow)
  })
  return pool
}

/** `coupon claims 4711`: what a connection is for and which process holds it, for pg_stat_activity. */
export function applicationName(purpose?: string): string {
  return purpose === undefined ? 'coupon' : `coupon ${purpose} ${process.pid}`
}

/** How the pool is used at this moment. */
export function poolUse({ totalCount, idleCount, waitingCount }: Pool): PoolUse {
  return { total: totalCount, idle: idleCount, waiting: waitingCount }
}

/**
 * Opens the pool's connections before the first burst needs them all at once. One that cannot be had in time is left to
 * whoever needs it; the others go back, since a pool cannot end while one of them is out.
 */
export async function warmPool(pool: Pool): Promise<void> {
  const connecting = Array.from({ length: pool.options.max }, () => pool.connect())
  for (const connected of await Promise.allSettled(connecting)) {
    if (connected.status === 'fulfilled') connected.value.release()
  }
}

/** Throws `AppError('unreachable')` when the database does not answer; the message names no password. */
export async function assertReachable(url: string, timeoutMs = 5_000): Promise<void> {
  let client: pg.Client | undefined
  try {
    client = new pg.Client({
      connectionString: url,
      connectionTimeoutMillis: timeoutMs,
      query_timeout: timeoutMs,
    })
    client.on('error', () => {})
    await client.connect()
    await client.query('SELECT 1')
  } catch (error) {
    throw new AppError(
      'unreachable',
      `The database at ${describeAddress(url)} cannot be reached: ${messageOf(error)}. Start it, or correct DATABASE_URL or the group "database" of env.json.`,
      { cause: error },
    )
  } finally {
    await client?.end().catch(() => {})
  }
}

/** `host:port/name` of a database URL, without user and password. */
export function describeAddress(url: string): string {
  if (!URL.canParse(url)) return 'the configured address'
  const { host, pathname } = new URL(url)
  return `${host}${pathname}`
}

/** The server's version as it names itself, for example `18.4`. */
export async function databaseVersion(pool: Pool): Promise<string> {
  const { rows } = await pool.query<{ server_version: string }>('SHOW server_version')
  return rows[0]?.server_version ?? 'unknown'
}
