import { randomUUID } from 'node:crypto'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { connectPool, type Pool } from '../../server/db/connect.ts'
import { createTestDatabase } from '../support/database.ts'

const test = suite('claims: claim_coupons')

test('a plan cached while the tables were empty does not read the claims of all for each user', async () => {
  const users = 2000
  const database = await createTestDatabase({ users, coupons: [{ name: 'GROWING', amount: users }] })
  // One connection: what it has planned for the empty table is what it uses for the full one.
  const pool = connectPool(database.url, { max: 1, timeoutMs: 30_000 })
  try {
    for (let first = 0; first < 20; first += 1) await claim(pool, first, 1)
    for (let first = 20; first < 1900; first += 94) await claim(pool, first, 94)
    for (const isRetry of [false, true]) {
      const before = await tuplesRead(pool)
      await claim(pool, isRetry ? 1950 : 1900, 50, isRetry)
      const read = (await tuplesRead(pool)) - before
      assert.ok(read < 500, `a batch of 50 read ${read} index entries and rows with 1,900 claims stored`)
    }
  } finally {
    await pool.end()
    await database.close()
  }
})

async function claim(pool: Pool, first: number, count: number, isRetry = false): Promise<void> {
  const usernames = Array.from({ length: count }, (_, place) => `user_${first + place}`)
  const keys = usernames.map(() => randomUUID())
  const { rows } = await pool.query({
    name: 'claim',
    text: 'SELECT outcomes FROM claim_coupons(ARRAY[$1::text], NULL, $2::text[], $3::uuid[], NULL, NULL, $4)',
    values: ['GROWING', usernames, keys, isRetry],
  })
  assert.equal([...new Set(rows[0].outcomes.split(','))], ['claimed'])
}

/** What this database has read of claims, by index and by scan, as its own statistics count it. */
async function tuplesRead(pool: Pool): Promise<number> {
  await pool.query('SELECT pg_stat_force_next_flush()')
  const { rows } = await pool.query(
    `SELECT (SELECT sum(idx_tup_read) FROM pg_stat_user_indexes WHERE relname = 'user_claims')::integer
       + (SELECT seq_tup_read FROM pg_stat_user_tables WHERE relname = 'user_claims')::integer AS count`,
  )
  return rows[0].count
}

test.run()
