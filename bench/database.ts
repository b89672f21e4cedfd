import { randomBytes } from 'node:crypto'
import {
  connectPool,
  databaseVersion,
  migrateUp,
  type Pool,
  provideTemporaryDatabase,
  seedUsers,
} from '../server/index.ts'
import { couponName, type Stream } from './generators/stream.ts'

/** A Postgres that databases can be made in. */
export interface Cluster {
  readonly version: string
  /** For a person. */
  readonly description: string
  /** A migrated database with the users in it, and nothing else. */
  createDatabase(): Promise<Database>
  close(): Promise<void>
}

export interface Database {
  readonly url: string
  readonly pool: Pool
  /** Takes coupons and claims out again. */
  empty(): Promise<void>
  /** Has what is in memory written to disk, where the user may ask for that. */
  settle(): Promise<void>
  /** Makes the coupons of a stream, each with a unit for every user. */
  addCoupons(stream: Stream): Promise<void>
  /**
   * Throws unless exactly `told` claims of the stream's coupons are stored, or up to `unknown` more, and every counter says the
   * same.
   */
  prove(stream: Stream, told: number, unknown?: number): Promise<void>
  close(): Promise<void>
}

export interface ClusterOptions {
  /** Null for a temporary embedded one. */
  readonly url: string | null
  readonly users: number
  readonly announce: (line: string) => void
}

export async function openCluster({ url: given, users, announce }: ClusterOptions): Promise<Cluster> {
  const own = given === null ? await provideTemporaryDatabase({ announce }) : null
  const url = own?.url ?? String(given)
  const admin = connectPool(url, { max: 1, timeoutMs: 120_000 })
  const template = newName()
  const databases = new Set<Database>()
  const close = async () => {
    for (const database of databases) await database.close()
    await admin.query(`DROP DATABASE IF EXISTS ${template}`)
    await admin.end()
    await own?.close()
  }
  try {
    announce(`Seeding ${users.toLocaleString('en-US')} users …`)
    await admin.query(`CREATE DATABASE ${template}`)
    await fillTemplate(urlOf(url, template), users)
  } catch (error) {
    await close()
    throw error
  }
  return {
    version: await databaseVersion(admin),
    description: own === null ? 'given' : 'embedded, temporary',
    createDatabase: async () => {
      const name = newName()
      await admin.query(`CREATE DATABASE ${name} TEMPLATE ${template}`)
      const database = openDatabase(urlOf(url, name), async () => {
        databases.delete(database)
        await admin.query(`DROP DATABASE ${name} WITH (FORCE)`)
      })
      databases.add(database)
      return database
    },
    close,
  }
}

async function fillTemplate(url: string, users: number): Promise<void> {
  await migrateUp(url)
  const pool = connectPool(url, { max: 1, timeoutMs: 120_000 })
  try {
    await seedUsers(pool, { count: users })
    await pool.query('VACUUM ANALYZE users')
  } finally {
    await pool.end()
  }
}

function openDatabase(url: string, drop: () => Promise<void>): Database {
  const pool = connectPool(url, { max: 2, timeoutMs: 600_000 })
  return {
    url,
    pool,
    empty: async () => {
      await pool.query('TRUNCATE coupons, user_claims, claim_events, claim_answers, claim_fences')
    },
    settle: async () => {
      // A checkpoint in one run and not in the next would be the largest part of their difference.
      await pool.query('CHECKPOINT').catch(() => {})
    },
    addCoupons: async ({ prefix, coupons, users }) => {
      await pool.query(
        `INSERT INTO coupons (name, amount, remaining_amount)
         SELECT $1::text || '_' || n, $3::integer, $3::integer FROM generate_series(0, $2::integer - 1) AS n`,
        [prefix, coupons, users],
      )
    },
    prove: (stream, told, unknown = 0) => prove(pool, stream, { told, unknown }),
    close: async () => {
      await pool.end()
      await drop()
    },
  }
}

/** $1 the coupons' names. One row: claims stored, and coupons whose counter says otherwise. */
const countClaims = `
  SELECT coalesce(sum(s.stored), 0)::integer AS stored,
    count(*) FILTER (WHERE c.amount - c.remaining_amount <> s.stored)::integer AS wrong
  FROM coupons c CROSS JOIN LATERAL (
    SELECT count(*) AS stored FROM user_claims k WHERE k.coupon_id = c.id AND k.ended_id = 0
  ) s
  WHERE c.name = ANY ($1::text[])`

async function prove(
  pool: Pool,
  { prefix, coupons }: Stream,
  { told, unknown }: { told: number; unknown: number },
): Promise<void> {
  const names = Array.from({ length: coupons }, (_, coupon) => couponName(prefix, coupon))
  const { rows } = await pool.query<{ stored: number; wrong: number }>(countClaims, [names])
  const { stored = 0, wrong = 0 } = rows[0] ?? {}
  if (stored >= told && stored <= told + unknown && wrong === 0) return
  throw new Error(
    `The sale of ${prefix} was wrong: ${told} claims told, ${stored} stored, ${wrong} coupons whose counter is off.`,
  )
}

function newName(): string {
  return `coupon_bench_${process.pid}_${randomBytes(4).toString('hex')}`
}

function urlOf(url: string, database: string): string {
  const changed = new URL(url)
  changed.pathname = `/${database}`
  return changed.href
}
