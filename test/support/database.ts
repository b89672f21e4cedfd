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
  readonly template: string
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
  return {
    adminUrl,
    template,
    close: () => (own === undefined ? execute(adminUrl, `DROP DATABASE ${template}`) : own.close()),
  }
}

export async function createTestDatabase(options: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const { users = 0, coupons = [], isMigrated = true } = options
  const { release } = await holdCluster()
  const { adminUrl, template } = (await cluster)!
  const name = nameOf('db')
  const url = urlOf(adminUrl, name)
  await execute(adminUrl, `CREATE DATABASE ${name} TEMPLATE ${isMigrated ? template : 'template0'}`)
  const pool = new pg.Pool({ connectionString: url, max: 4, application_name: 'test' })
  pool.on('error', () => {})
  await addUsers(pool, users)
  for (const { name: coupon, amount } of coupons) await addCoupon(pool, coupon, amount)
  let closing: Promise<void> | undefined
  const close = async () => {
    await pool.end()
    await execute(adminUrl, `DROP DATABASE ${name} WITH (FORCE)`)
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
