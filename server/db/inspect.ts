import pg from 'pg'
import { connectPool, type Pool } from './connect.ts'

/** A setting as a connection of this role to this database has it. */
export interface SettingFact {
  readonly value: string
  /** `configuration file`, `command line`, `database`, `user`, `database user`, `client` … (pg_settings.source). */
  readonly source: string
}

/** What a Postgres says of itself, as far as a sale depends on it. */
export interface DatabaseFacts {
  /** As it names itself: `18.4`. */
  readonly version: string
  /** `180004`. */
  readonly versionNumber: number
  readonly role: string
  readonly database: string
  /** A standby, or one that is still being recovered: nothing can be written. */
  readonly isInRecovery: boolean
  readonly settings: Readonly<Record<string, SettingFact>>
  /** What a transaction would read without the words of ours that ask for it. */
  readonly isolationDefault: string
  readonly connections: ConnectionFacts
}

export interface ConnectionFacts {
  /** Those this role can have to this database at once, whoever has them. */
  readonly max: number
  /** What sets that limit, with the name in front: `max_connections`, `role shop`, `database coupon_db`. */
  readonly limitedBy: string
  /** Open now, of other programs. */
  readonly others: number
}

const asked = [
  'fsync',
  'synchronous_commit',
  'full_page_writes',
  'default_transaction_isolation',
  'default_transaction_read_only',
  'max_connections',
]

/**
 * Reads what the database is and how it is set, by a connection such as a server's.
 * Rejects when it does not answer within the time.
 */
export async function inspectDatabase(url: string, timeoutMs: number): Promise<DatabaseFacts> {
  const pool = connectPool(url, { max: 1, timeoutMs })
  try {
    const { rows: settings } = await pool.query<SettingFact & { readonly name: string }>(
      'SELECT name, setting AS value, source FROM pg_settings WHERE name = ANY ($1::text[])',
      [asked],
    )
    return {
      ...(await readIdentity(pool)),
      settings: Object.fromEntries(settings.map(({ name, ...fact }) => [name, fact])),
      isolationDefault: await readIsolationDefault(url, timeoutMs),
      connections: await readConnections(pool),
    }
  } finally {
    await pool.end()
  }
}

type Identity = Pick<DatabaseFacts, 'version' | 'versionNumber' | 'role' | 'database' | 'isInRecovery'>

async function readIdentity(pool: Pool): Promise<Identity> {
  const { rows } = await pool.query<Identity>(
    `SELECT current_setting('server_version') AS version,
       current_setting('server_version_num')::integer AS "versionNumber",
       current_user::text AS role, current_database()::text AS database, pg_is_in_recovery() AS "isInRecovery"`,
  )
  const [identity] = rows
  if (identity === undefined) throw new Error('it said nothing of itself')
  return identity
}

/** By a connection that asks for nothing: those of ours ask for read committed. */
async function readIsolationDefault(url: string, timeoutMs: number): Promise<string> {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'coupon',
    connectionTimeoutMillis: timeoutMs,
    query_timeout: timeoutMs,
  })
  client.on('error', () => {})
  try {
    await client.connect()
    const { rows } = await client.query<{ value: string }>(
      `SELECT current_setting('default_transaction_isolation') AS value`,
    )
    return rows[0]?.value ?? 'unknown'
  } finally {
    await client.end().catch(() => {})
  }
}

/**
 * The lowest of three limits. A superuser may have the connections kept back for it as well, and no limit of a role or a
 * database binds it; `reserved_connections` is of Postgres 16 and later.
 */
const connectionLimits = `
  SELECT least(server.max, role.max, database.max) AS max,
    CASE least(server.max, role.max, database.max)
      WHEN server.max THEN 'max_connections'
      WHEN role.max THEN 'role ' || current_user
      ELSE 'database ' || current_database()
    END AS "limitedBy",
    (SELECT count(*)::integer FROM pg_stat_activity
     WHERE backend_type = 'client backend' AND application_name NOT LIKE 'coupon%') AS others
  FROM pg_roles AS r, pg_database AS d,
    LATERAL (SELECT current_setting('max_connections')::integer - CASE WHEN r.rolsuper THEN 0
      ELSE current_setting('superuser_reserved_connections')::integer
        + coalesce(current_setting('reserved_connections', true)::integer, 0) END AS max) AS server,
    LATERAL (SELECT CASE WHEN r.rolconnlimit < 0 OR r.rolsuper THEN server.max ELSE r.rolconnlimit END AS max) AS role,
    LATERAL (SELECT CASE WHEN d.datconnlimit < 0 OR r.rolsuper THEN server.max ELSE d.datconnlimit END AS max) AS database
  WHERE r.rolname = current_user AND d.datname = current_database()`

async function readConnections(pool: Pool): Promise<ConnectionFacts> {
  const { rows } = await pool.query<ConnectionFacts>(connectionLimits)
  const [facts] = rows
  if (facts === undefined) throw new Error('it does not tell its limits')
  return facts
}
