import pg from 'pg'
import { type RunnableMigration, Umzug, type UmzugStorage } from 'umzug'
import { migrations } from '../../migrations/index.ts'
import { AppError } from '../errors.ts'
import { assertReachable } from './connect.ts'
import { readApplied } from './schema.ts'

export interface MigrationState {
  readonly name: string
  /** Null while it is pending. */
  readonly appliedAt: Date | null
}

/**
 * Two deploys at once take turns by this advisory lock; the second finds nothing left to do. The number is
 * arbitrary and ours: the bytes of "coupon".
 */
const migrationLockId = '109303827033966'

/** Applies every pending migration, each in one transaction. Returns the names applied, in order. */
export function migrateUp(url: string): Promise<string[]> {
  return withMigrator(url, async (umzug) => names(await umzug.up()))
}

/** Reverts the last migration, or those after `to`, or all. Returns the names reverted, in order. */
export function migrateDown(
  url: string,
  { to, all }: { to?: string | undefined; all?: boolean | undefined } = {},
): Promise<string[]> {
  return withMigrator(url, async (umzug) => {
    if (all === true) return names(await umzug.down({ to: 0 }))
    if (to === undefined) return names(await umzug.down())
    const executed = names(await umzug.executed())
    const place = executed.indexOf(to)
    if (place === -1) throw new AppError('invalid', unknownTarget(to, executed))
    const next = executed[place + 1]
    // umzug's `to` is the last one reverted; ours is the last one kept.
    return next === undefined ? [] : names(await umzug.down({ to: next }))
  })
}

function unknownTarget(to: string, executed: readonly string[]): string {
  const known = executed.length === 0 ? 'none is applied' : `applied are ${executed.join(', ')}`
  return `--to got "${to}", wants the name of an applied migration: ${known}.`
}

/** Every migration this program knows, and when it was applied. Changes nothing. */
export async function migrationStatus(url: string): Promise<MigrationState[]> {
  await assertReachable(url)
  const client = await openClient(url)
  try {
    const applied = await readApplied(client)
    return migrations.map(({ name }) => ({ name, appliedAt: applied?.get(name) ?? null }))
  } finally {
    await client.end()
  }
}

const createTable = `CREATE TABLE IF NOT EXISTS schema_migrations (
  name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())`

async function withMigrator<T>(url: string, work: (umzug: Umzug<pg.Client>) => Promise<T>): Promise<T> {
  await assertReachable(url)
  const client = await openClient(url)
  try {
    await client.query('SELECT pg_advisory_lock($1::bigint)', [migrationLockId])
    await client.query(createTable)
    return await work(createUmzug(client))
  } finally {
    // The lock is the session's: it goes with the connection.
    await client.end()
  }
}

async function openClient(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, application_name: 'coupon migrate' })
  client.on('error', () => {})
  await client.connect()
  return client
}

function createUmzug(client: pg.Client): Umzug<pg.Client> {
  return new Umzug<pg.Client>({
    context: client,
    logger: undefined,
    storage: createStorage(client),
    migrations: migrations.map(
      ({ name, up, down }): RunnableMigration<pg.Client> => ({
        name,
        up: () => inTransaction(client, up, 'INSERT INTO schema_migrations (name) VALUES ($1::text)', name),
        down: () => inTransaction(client, down, 'DELETE FROM schema_migrations WHERE name = $1::text', name),
      }),
    ),
  })
}

/** The change and its record commit together, so that a crash between them cannot part them. */
async function inTransaction(client: pg.Client, sql: string, record: string, name: string): Promise<void> {
  await client.query('BEGIN')
  try {
    await client.query(sql)
    await client.query(record, [name])
    await client.query('COMMIT')
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {})
    throw error
  }
}

/** umzug's storage contract; the writing is done inside each migration's transaction. */
function createStorage(client: pg.Client): UmzugStorage<pg.Client> {
  return {
    logMigration: async () => {},
    unlogMigration: async () => {},
    executed: async () => [...((await readApplied(client))?.keys() ?? [])],
  }
}

function names(steps: readonly { name: string }[]): string[] {
  return steps.map(({ name }) => name)
}
