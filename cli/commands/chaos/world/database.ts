import { randomBytes } from 'node:crypto'
import { AppError, isLoopback, isPidAlive, messageOf } from '../../../../server/public/basics.ts'
import {
  connectPool,
  databaseVersion,
  describeAddress,
  provideTemporaryDatabase,
} from '../../../../server/public/database.ts'
import type { PostgresControl } from '../../../chaos/world.ts'
import type { WorldContext } from './context.ts'

/** A migrated database that nothing else uses, and that goes with the world. */
export interface WorldDatabase {
  readonly url: string
  /** Where its server listens. */
  readonly host: string
  readonly port: number
  readonly version: string
  /** Null when the server is not ours. */
  readonly control: PostgresControl | null
}

/** What the sessions of chaos itself are for, in the database's list of sessions. */
export const purpose = 'chaos'

/**
 * A temporary Postgres; or, at one that is given, a database of the run's own. Throws `AppError`: 'invalid' for one that is
 * not on this machine, 'unreachable' when it cannot be used.
 */
export async function openDatabase(given: string | null, context: WorldContext): Promise<WorldDatabase> {
  const { url, control } = given === null ? await openOurs(context) : await openAt(given, context)
  const { hostname, port } = new URL(url)
  const pool = connectPool(url, { max: 1, purpose })
  try {
    const version = await databaseVersion(pool)
    return { url, host: hostname.replace(/^\[(.*)\]$/, '$1'), port: Number(port || 5432), version, control }
  } finally {
    await pool.end()
  }
}

async function openOurs({ announce, lifecycle }: WorldContext) {
  const { url, control, close } = await provideTemporaryDatabase({ announce })
  lifecycle.push('the temporary database', close)
  return { url, control }
}

async function openAt(given: string, { announce, lifecycle }: WorldContext) {
  assertOnThisMachine(given)
  const name = `coupon_chaos_${process.pid}_${randomBytes(4).toString('hex')}`
  await dropAbandoned(given)
  await execute(given, `CREATE DATABASE ${name}`).catch((error: unknown) => {
    const why = `A database for the run cannot be created at ${describeAddress(given)}: ${messageOf(error)}.`
    const how = 'Give its user the right CREATEDB, or name no database: then one is started for the run.'
    throw new AppError('unreachable', `${why} ${how}`, { cause: error })
  })
  lifecycle.push('the database of the run', async () => {
    await execute(given, `DROP DATABASE ${name} WITH (FORCE)`)
  })
  const url = new URL(given)
  url.pathname = `/${name}`
  const { migrateUp } = await import('../../../../server/public/migrations.ts')
  await migrateUp(url.href)
  announce(`Using the database ${name} at ${describeAddress(given)}; it is dropped at the end.`)
  return { url: url.href, control: null }
}

const unusedOfRuns = `
  SELECT datname FROM pg_database d WHERE datname ~ '^coupon_chaos_[0-9]+_[0-9a-f]{8}$'
    AND NOT EXISTS (SELECT FROM pg_stat_activity a WHERE a.datid = d.oid)`

/**
 * Databases of runs that were killed: the process is gone, and nobody is connected. Whatever keeps one from being dropped is
 * no reason not to run.
 */
async function dropAbandoned(given: string): Promise<void> {
  try {
    for (const { datname } of await execute<{ datname: string }>(given, unusedOfRuns))
      if (!isPidAlive(Number(datname.split('_')[2])))
        await execute(given, `DROP DATABASE IF EXISTS ${datname}`)
  } catch {
    // Whether the Postgres can be used at all is told by what comes next.
  }
}

/** The wires lead to a TCP port of this machine, and what is hurt here is hurt on purpose. */
function assertOnThisMachine(url: string): void {
  const wants =
    'wants a URL such as postgres://user:password@127.0.0.1:5432/name, of a Postgres on this machine'
  const protocol = URL.canParse(url) ? new URL(url).protocol : ''
  if (protocol !== 'postgres:' && protocol !== 'postgresql:')
    throw new AppError('invalid', `The database of a chaos run ${wants}.`)
  const { hostname, searchParams } = new URL(url)
  const host = searchParams.get('host') ?? hostname.replace(/^\[(.*)\]$/, '$1')
  if (isLoopback(host) && !searchParams.has('host')) return
  throw new AppError(
    'invalid',
    `The database of a chaos run is at "${host}", but ${wants}. Chaos hurts it on purpose.`,
  )
}

async function execute<Row extends object>(url: string, sql: string): Promise<Row[]> {
  const pool = connectPool(url, { max: 1, purpose })
  try {
    return (await pool.query<Row>(sql)).rows
  } finally {
    await pool.end()
  }
}
