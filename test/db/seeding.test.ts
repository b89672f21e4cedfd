import bcrypt from 'bcrypt'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { auditCoupons, readLedger } from '../../server/db/audit.ts'
import { seedCoupon, seedUsers } from '../../server/db/seeding.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'

const test = suite<{ database: TestDatabase }>('db: seeding and audit')

test.before.each(async (context) => {
  context.database = await createTestDatabase()
})

test.after.each(({ database }) => database.close())

test('users: user_0 and on, User N, one bcrypt hash of user123', async ({ database: { pool } }) => {
  assert.equal(await seedUsers(pool, { count: 101 }), { added: 101, existing: 0 })
  const { rows } = await pool.query('SELECT username, full_name, password FROM users ORDER BY id')
  assert.is(rows.length, 101)
  assert.equal([rows[0].username, rows[0].full_name], ['user_0', 'User 0'])
  assert.equal([rows[100].username, rows[100].full_name], ['user_100', 'User 100'])
  assert.ok(await bcrypt.compare('user123', rows[7].password))
})

test('users: running it again adds nothing, a higher count the missing ones only', async ({
  database: { pool },
}) => {
  await seedUsers(pool, { count: 10 })
  await pool.query(`UPDATE users SET full_name = 'Renamed' WHERE username = 'user_3'`)
  assert.equal(await seedUsers(pool, { count: 10 }), { added: 0, existing: 10 })
  await pool.query(`DELETE FROM users WHERE username = 'user_5'`)
  assert.equal(await seedUsers(pool, { count: 12 }), { added: 3, existing: 9 })
  const { rows } = await pool.query(`SELECT full_name FROM users WHERE username = 'user_3'`)
  assert.is(rows[0].full_name, 'Renamed', 'who exists is left alone')
})

test('users: two at once add each user once', async ({ database: { pool } }) => {
  const [one, two] = await Promise.all([seedUsers(pool, { count: 500 }), seedUsers(pool, { count: 500 })])
  assert.is(one.added + two.added, 500)
  assert.is((await pool.query('SELECT FROM users')).rowCount, 500)
})

test('users: 100,000 in under 10 s', async ({ database: { pool } }) => {
  const startMs = performance.now()
  assert.equal(await seedUsers(pool, { count: 100_000 }), { added: 100_000, existing: 0 })
  assert.ok(performance.now() - startMs < 10_000, `${performance.now() - startMs} ms`)
})

test('coupon: added once, then left as it is', async ({ database: { pool } }) => {
  const first = await seedCoupon(pool, { name: 'COUPON_TEST', amount: 10 })
  assert.ok(first.added)
  const second = await seedCoupon(pool, { name: 'COUPON_TEST', amount: 99 })
  assert.not.ok(second.added)
  assert.is((await readLedger(pool, 'COUPON_TEST'))?.amount, 10)
})

test('coupon: two at once add one', async ({ database: { pool } }) => {
  const both = await Promise.all([1, 2].map(() => seedCoupon(pool, { name: 'X', amount: 10 })))
  assert.is(both.filter(({ added }) => added).length, 1)
})

test('ledger: what is stored of one coupon; null when there is none', async ({ database: { pool } }) => {
  await seedUsers(pool, { count: 3 })
  await seedCoupon(pool, { name: 'X', amount: 3 })
  await pool.query(
    `SELECT claim_coupons('{X}', NULL, '{user_2,user_0}', ARRAY[gen_random_uuid(), gen_random_uuid()], NULL, NULL, false)`,
  )
  const { name, amount, remaining_amount, claimants } = (await readLedger(pool, 'X'))!
  assert.equal(
    { name, amount, remaining_amount, claimants: [...claimants] },
    {
      name: 'X',
      amount: 3,
      remaining_amount: 1,
      claimants: ['user_2', 'user_0'],
    },
  )
  assert.is(await readLedger(pool, 'Y'), null)
})

test('audit: passes for a sound coupon, and names what is wrong with each other one', async ({
  database: { pool },
}) => {
  await seedUsers(pool, { count: 3 })
  for (const name of ['GOOD', 'OFF', 'OVER']) await seedCoupon(pool, { name, amount: 2 })
  await pool.query(
    `SELECT claim_coupons(ARRAY[name], NULL, '{user_0}', ARRAY[gen_random_uuid()], NULL, NULL, false) FROM coupons`,
  )
  await pool.query(`UPDATE coupons SET remaining_amount = 2 WHERE name = 'OFF'`)
  await pool.query(
    `INSERT INTO user_claims (user_id, coupon_id) SELECT u.id, c.id FROM users u, coupons c
     WHERE c.name = 'OVER' AND u.username <> 'user_0'`,
  )
  const failures = Object.fromEntries(
    (await auditCoupons(pool)).map(({ coupon, checks }) => [
      coupon,
      checks.filter((c) => !c.passed).map((c) => c.name),
    ]),
  )
  assert.equal(failures, { GOOD: [], OFF: ['counter_matches'], OVER: ['not_oversold', 'counter_matches'] })
  assert.is((await auditCoupons(pool, 'GOOD')).length, 1)
  assert.equal(await auditCoupons(pool, 'NONE'), [])
})

test.run()
