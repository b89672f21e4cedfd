import { randomUUID } from 'node:crypto'
import type { PoolClient } from 'pg'
import { sendClaims } from '../../server/claims/claim-rows.ts'
import type { Bench, Measure } from '../bench.ts'
import type { Database } from '../database.ts'
import { claimAt, couponName, type Stream } from '../generators/stream.ts'
import { alternate, findingOf, type Run, type Variant } from '../trials.ts'

/** What the statement itself costs, without HTTP: one connection, one coupon. */
export const statement: Measure = {
  name: 'statement',
  run: async (bench) => {
    const database = await bench.createDatabase()
    const client = await database.pool.connect()
    try {
      const variant = sending(bench, database, client)
      const [batch, bare] = await alternate(bench, [
        variant('claim_coupons, 1,000 a call', 1000, (wishes) => claimAll(client, wishes)),
        variant('bare INSERT, 1,000 a call', 1000, (wishes) => insertAll(client, wishes)),
      ])
      const [single, plain] = await alternate(bench, [
        variant('claim_coupons, 1 a call', 1, (wishes) => claimAll(client, wishes)),
        variant('transaction of seven statements', 1, (wishes) => claimPlainly(client, wishes)),
      ])
      return [
        findingOf('batch statement at 1,000 ÷ bare bulk INSERT, same table and keys', [batch, bare], {
          is: 'at least',
          ratio: 0.8,
        }),
        findingOf('batch statement at 1 ÷ a plain transaction', [single, plain], null),
      ]
    } finally {
      client.release()
    }
  },
}

interface Wish {
  readonly couponName: string
  readonly couponId: string
  readonly username: string
  readonly userId: string
  readonly claimKey: string
  readonly deadlineMs: number
}

/** Everything is looked up and built before the clock starts. A run is no longer than there are users. */
function sending(bench: Bench, database: Database, client: PoolClient) {
  return (label: string, size: number, send: (wishes: readonly Wish[]) => Promise<void>): Variant => ({
    label,
    unit: 'rows/s',
    run: async (asked) => {
      const { users } = bench.flags
      const stream: Stream = {
        prefix: bench.newPrefix(),
        coupons: 1,
        users,
        order: 'one after another',
        from: 0,
      }
      await database.empty()
      await database.addCoupons(stream)
      await database.settle()
      const batches = await batchesOf(client, stream, {
        size,
        count: Math.ceil(Math.min(asked, users) / size),
      })
      const startMs = performance.now()
      for (const wishes of batches) await send(wishes)
      const durationMs = performance.now() - startMs
      const rows = batches.reduce((sum, wishes) => sum + wishes.length, 0)
      await proveRows(client, rows)
      return runOf(rows, durationMs)
    },
  })
}

function runOf(rows: number, durationMs: number): Run {
  const perS = (rows * 1000) / durationMs
  return { value: perS, requestsPerS: perS, cpuShare: 0, serverCpuUs: null, failed: 0 }
}

async function batchesOf(
  client: PoolClient,
  stream: Stream,
  { size, count }: { size: number; count: number },
): Promise<Wish[][]> {
  const { rows: users } = await client.query<{ id: string; username: string }>(
    'SELECT id, username FROM users',
  )
  const idOf = new Map(users.map(({ id, username }) => [username, id]))
  const { rows: coupons } = await client.query<{ id: string }>('SELECT id FROM coupons')
  const wishAt = (position: number): Wish => {
    const username = `user_${claimAt(stream, position).user}`
    return {
      couponName: couponName(stream.prefix, 0),
      couponId: coupons[0]?.id ?? '',
      username,
      userId: idOf.get(username) ?? '',
      claimKey: randomUUID(),
      deadlineMs: Number.POSITIVE_INFINITY,
    }
  }
  return Array.from({ length: count }, (_, batch) =>
    Array.from({ length: size }, (_, turn) => wishAt(batch * size + turn)),
  )
}

/** All of them wrote to one table, and only what wrote rows is fast. */
async function proveRows(client: PoolClient, expected: number): Promise<void> {
  const { rows } = await client.query<{ stored: number }>(
    'SELECT count(*)::integer AS stored FROM user_claims',
  )
  if (rows[0]?.stored !== expected) throw new Error(`${rows[0]?.stored} of ${expected} rows were stored.`)
}

async function claimAll(client: PoolClient, wishes: readonly Wish[]): Promise<void> {
  await sendClaims(client, wishes, { isRetry: false })
}

const bareInsert = {
  name: 'bench_bare_insert',
  text: `INSERT INTO user_claims (user_id, coupon_id, claim_key)
    SELECT u, $2::bigint, k FROM unnest($1::bigint[], $3::uuid[]) AS n (u, k)`,
}

async function insertAll(client: PoolClient, wishes: readonly Wish[]): Promise<void> {
  const users = wishes.map(({ userId }) => userId)
  const keys = wishes.map(({ claimKey }) => claimKey)
  await client.query({ ...bareInsert, values: [users, wishes[0]?.couponId, keys] })
}

const named = (name: string, text: string) => ({ name: `bench_${name}`, text })
const lockCoupon = named(
  'lock',
  'SELECT id, remaining_amount FROM coupons WHERE name = $1::text AND deleted_at IS NULL FOR UPDATE',
)
const findUser = named('user', 'SELECT id FROM users WHERE username = $1::text AND deleted_at IS NULL')
const findClaim = named(
  'claim',
  'SELECT id FROM user_claims WHERE user_id = $1::bigint AND coupon_id = $2::bigint AND ended_id = 0',
)
const insertClaim = named(
  'insert',
  'INSERT INTO user_claims (user_id, coupon_id, claim_key) VALUES ($1::bigint, $2::bigint, $3::uuid)',
)
const lowerCounter = named(
  'lower',
  'UPDATE coupons SET remaining_amount = remaining_amount - 1, updated_at = now() WHERE id = $1::bigint',
)

/** A claim as one would write it first: each step a statement of its own, in one transaction. */
async function claimPlainly(client: PoolClient, wishes: readonly Wish[]): Promise<void> {
  for (const { couponName: name, username, claimKey } of wishes) {
    await client.query('BEGIN')
    const coupon = await client.query<{ id: string }>({ ...lockCoupon, values: [name] })
    const user = await client.query<{ id: string }>({ ...findUser, values: [username] })
    const [couponId, userId] = [coupon.rows[0]?.id, user.rows[0]?.id]
    const held = await client.query({ ...findClaim, values: [userId, couponId] })
    if (held.rows.length > 0) throw new Error('A user claimed twice.')
    await client.query({ ...insertClaim, values: [userId, couponId, claimKey] })
    await client.query({ ...lowerCounter, values: [couponId] })
    await client.query('COMMIT')
  }
}
