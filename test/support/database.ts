import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { openTemporaryPostgres } from '../../server/db/embedded/index.ts'
import { migrateUp } from '../../server/db/migrator.ts'

/**
 * A fresh database for a test, copied from a template that is migrated once.
 *
 * The cluster is the one TEST_DATABASE_URL names; without it, a temporary one of our own. States: absent ->
 * open (at the first hold) -> absent (the last hold released: the template is dropped, our own cluster is
 * stopped). test/run.ts holds it for the whole run, so that files share one template.
 *
 * One database is made ahead, and one that is done with is dropped aside: a copy takes some 50 ms of the server's time
 * and a drop 10, which most tests, busy with waiting, do not feel.
 */
export interface TestDatabase {
  readonly url: string
  readonly name: string
  readonly pool: pg.Pool
  close(): Promise<void>
}

export interface TestDatabaseOptions {
  /** Users user_0 … user_{users-1}. */
  readonly users?: number
  readonly coupons?: readonly { readonly name: string; readonly amount: number }[]
  /** False for a database without any table. */
  readonly isMigrated?: boolean
}

interface Cluster {
  readonly adminUrl: string
  /** The name of a migrated database that nobody has used. */
  take(): Promise<string>
  drop(name: string): void
  close(): Promise<void>
}

let cluster: Promise<Cluster> | undefined
let holds = 0

/** Keeps the cluster and its template; the returned function lets go. */
export async function holdCluster(): Promise<{ url: string; release(): Promise<void> }> {
  holds += 1
  cluster ??= openCluster()
  try {
    const { adminUrl } = await cluster
    return { url: adminUrl, release: releaseCluster }
  } catch (error) {
    await releaseCluster()
    throw error
  }
}

async function releaseCluster(): Promise<void> {
  holds -= 1
  if (holds > 0) return
  const last = cluster
  cluster = undefined
  await (await last?.catch(() => undefined))?.close()
}

async function openCluster(): Promise<Cluster> {
  const given = process.env.TEST_DATABASE_URL
  const own = given === undefined || given === '' ? await openTemporaryPostgres() : undefined
  const adminUrl = own?.url ?? String(given)
  const template = nameOf('template')
  try {
    await execute(adminUrl, `CREATE DATABASE ${template}`)
    await migrateUp(urlOf(adminUrl, template))
  } catch (error) {
    await own?.close()
    throw error
  }
  const drops = new Set<Promise<void>>()
  const make = async () => {
    const name = nameOf('db')
    await execute(adminUrl, `CREATE DATABASE ${name} TEMPLATE ${template}`)
    return name
  }
  const drop = (name: string) => {
    const dropping = execute(adminUrl, `DROP DATABASE ${name} WITH (FORCE)`)
    drops.add(dropping)
    // One that fails is told when the cluster is closed.
    dropping.then(() => drops.delete(dropping)).catch(() => {})
  }
  let ahead: Promise<string> | undefined
  const close = async () => {
    if (ahead !== undefined) drop(await ahead)
    await Promise.all(drops)
    await execute(adminUrl, `DROP DATABASE ${template}`)
  }
  return {
    adminUrl,
    take: () => {
      const taken = ahead ?? make()
      ahead = make()
      ahead.catch(() => {})
      return taken
    },
    drop,
    close: () => close().finally(() => own?.close()),
  }
}

export async function createTestDatabase(options: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const { users = 0, coupons = [], isMigrated = true } = options
  const { release } = await holdCluster()
  const { adminUrl, take, drop } = (await cluster)!
  const name = isMigrated ? await take() : await createEmpty(adminUrl)
  const url = urlOf(adminUrl, name)
  const pool = new pg.Pool({ connectionString: url, max: 4, application_name: 'test' })
  pool.on('error', () => {})
  await addUsers(pool, users)
  for (const { name: coupon, amount } of coupons) await addCoupon(pool, coupon, amount)
  let closing: Promise<void> | undefined
  const close = async () => {
    await pool.end()
    drop(name)
    await release()
  }
  return {
    url,
    name,
    pool,
    close: () => {
      closing ??= close()
      return closing
    },
  }
}

async function createEmpty(adminUrl: string): Promise<string> {
  const name = nameOf('empty')
  await execute(adminUrl, `CREATE DATABASE ${name} TEMPLATE template0`)
  return name
}

/** Plain rows: a bcrypt hash a test is time that no test looks at. */
async function addUsers(pool: pg.Pool, count: number): Promise<void> {
  if (count === 0) return
  await pool.query(
    `INSERT INTO users (username, password, full_name)
     SELECT 'user_' || n, 'not a hash', 'User ' || n FROM generate_series(0, $1::integer - 1) AS n ORDER BY n`,
    [count],
  )
}

export async function addCoupon(pool: pg.Pool, name: string, amount: number): Promise<void> {
  await pool.query(
    'INSERT INTO coupons (name, amount, remaining_amount) VALUES ($1::text, $2::integer, $2::integer)',
    [name, amount],
  )
}

function nameOf(kind: string): string {
  return `coupon_test_${kind}_${process.pid}_${randomBytes(4).toString('hex')}`
}

export function urlOf(adminUrl: string, database: string): string {
  const url = new URL(adminUrl)
  url.pathname = `/${database}`
  return url.href
}

async function execute(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, application_name: 'test' })
  client.on('error', () => {})
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}
