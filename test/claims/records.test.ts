/** Claims as they are read: one, its events, pages and all; and by which index. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { ClaimRecord, ClaimRecords } from '../../server/claims/life.ts'
import { createClaimRecords } from '../../server/claims/records.ts'
import { claimsOfCoupon, claimsOfUser, claimsOfUserAndCoupon } from '../../server/claims/sql/claim-records.ts'
import { auditCoupons, readLedger } from '../../server/db/audit.ts'
import { AppError } from '../../server/errors.ts'
import { storedClaims } from '../support/claims.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'

const test = suite('claims: records')
let database: TestDatabase
let records: ClaimRecords

/** Users 0 to 5999 have BIG, users 0 to 2 have SMALL too; user_1 gave SMALL back twice before. */
test.before(async () => {
  database = await createTestDatabase({
    users: 6000,
    coupons: [
      { name: 'BIG', amount: 6000 },
      { name: 'SMALL', amount: 10 },
    ],
  })
  records = createClaimRecords(database.pool)
  const { pool } = database
  await pool.query(
    `INSERT INTO user_claims (user_id, coupon_id) SELECT u.id, c.id FROM users u, coupons c
     WHERE c.name = 'BIG' ORDER BY u.id`,
  )
  for (let turn = 0; turn < 3; turn += 1) {
    await pool.query(
      `INSERT INTO user_claims (user_id, coupon_id) SELECT u.id, c.id FROM users u, coupons c
       WHERE c.name = 'SMALL' AND u.username = ANY ($1::text[]) ORDER BY u.id`,
      [turn < 2 ? ['user_1'] : ['user_0', 'user_1', 'user_2']],
    )
    if (turn === 2) break
    await pool.query(
      `UPDATE user_claims SET state = 'released', ended_id = id
       WHERE ended_id = 0 AND coupon_id = (SELECT id FROM coupons WHERE name = 'SMALL')`,
    )
  }
  await pool.query(`UPDATE coupons SET remaining_amount = CASE name WHEN 'BIG' THEN 0 ELSE 7 END`)
})

test.after(() => database.close())

const all = { after: null, limit: 1000 }
const short = ({ user_id, coupon_name, state }: ClaimRecord) => `${user_id} ${coupon_name} ${state}`

test('a coupon’s claims in their order, a user’s the newest first', async () => {
  const small = await records.page({ couponName: 'SMALL' }, all)
  assert.equal(small.map(short), [
    'user_1 SMALL released',
    'user_1 SMALL released',
    'user_0 SMALL confirmed',
    'user_1 SMALL confirmed',
    'user_2 SMALL confirmed',
  ])
  const mine = await records.page({ username: 'user_1' }, all)
  assert.equal(mine.map(short), [
    'user_1 SMALL confirmed',
    'user_1 SMALL released',
    'user_1 SMALL released',
    'user_1 BIG confirmed',
  ])
  const both = { couponName: 'SMALL', username: 'user_1' } as const
  assert.is((await records.page({ ...both, state: 'released' }, all)).length, 2)
  assert.equal(await records.page({ username: 'nobody' }, all), [])
  assert.equal(await records.page({ couponName: 'SMALL', username: 'nobody' }, all), [])
})

test('pages go on where the last one ended, each claim once', async () => {
  for (const query of [
    { couponName: 'SMALL' },
    { username: 'user_1' },
    { couponName: 'SMALL', username: 'user_1' },
  ]) {
    const whole = await records.page(query, all)
    const found: ClaimRecord[] = []
    for (;;) {
      const page = await records.page(query, { after: found.at(-1)?.id ?? null, limit: 2 })
      found.push(...page)
      if (page.length < 2) break
    }
    assert.equal(found, whole)
  }
})

test('one claim by its id; what is no id is no claim', async () => {
  const [first] = await records.page({ couponName: 'SMALL' }, all)
  assert.equal(await records.find(first!.id), first)
  assert.equal(
    [typeof first!.id, first!.created_at instanceof Date, first!.held_until],
    ['string', true, null],
  )
  for (const id of ['0', '999999', '9223372036854775808', '-1', 'x', '', '1 OR 1=1', '1e3', '９']) {
    assert.is(await records.find(id), null, id)
    assert.equal(await records.events(id), [])
  }
})

test('the events of a claim in their order', async () => {
  const [first] = await records.page({ couponName: 'SMALL' }, all)
  await database.pool.query(
    `INSERT INTO claim_events (claim_id, state, actor, reason, correlation_id)
     VALUES ($1::bigint, 'confirmed', 'user_1', NULL, 'a'), ($1::bigint, 'released', 'admin', 'a return', 'b')`,
    [first!.id],
  )
  const events = await records.events(first!.id)
  assert.equal(
    events.map(({ created_at, ...rest }) => ({ ...rest, isDate: created_at instanceof Date })),
    [
      { state: 'confirmed', actor: 'user_1', reason: null, correlation_id: 'a', isDate: true },
      { state: 'released', actor: 'admin', reason: 'a return', correlation_id: 'b', isDate: true },
    ],
  )
})

test('all pages, and CSV of them, have each claim once', async () => {
  const ids: string[] = []
  const sizes: number[] = []
  for await (const page of records.pages({ couponName: 'BIG' })) {
    ids.push(...page.map(({ id }) => id))
    sizes.push(page.length)
  }
  assert.equal([new Set(ids).size, sizes.length], [6000, 3])
  let text = ''
  for await (const part of records.csv({ couponName: 'BIG' })) text += part
  assert.equal(
    text
      .trimEnd()
      .split('\n')
      .slice(1)
      .map((line) => line.split(',')[0]),
    ids,
  )
})

test('an unknown or deleted coupon is told; a deleted one’s claims stay with their users', async () => {
  await database.pool.query(
    `WITH gone AS (INSERT INTO coupons (name, amount, remaining_amount, deleted_at) VALUES ('GONE', 1, 0, now()) RETURNING id)
     INSERT INTO user_claims (user_id, coupon_id) SELECT u.id, gone.id FROM users u, gone WHERE username = 'user_7'`,
  )
  for (const couponName of ['GONE', 'NONE']) {
    for (const read of [
      () => records.page({ couponName }, all),
      () => records.pages({ couponName })[Symbol.asyncIterator]().next(),
      () => records.csv({ couponName })[Symbol.asyncIterator]().next(),
    ]) {
      const error = await read().then(
        () => null,
        (reason: unknown) => reason,
      )
      assert.ok(error instanceof AppError && error.code === 'coupon_not_found', couponName)
    }
  }
  assert.equal((await records.page({ username: 'user_7' }, all)).map(short), [
    'user_7 GONE confirmed',
    'user_7 BIG confirmed',
  ])
})

const plans: Readonly<Record<string, [statement: string, values: unknown[], index: string]>> = {
  'a coupon': [claimsOfCoupon, [null, null, 100, '2'], 'user_claims_coupon_id_id_idx'],
  'a user': [claimsOfUser, [null, null, 100, 'user_1'], 'user_claims_user_id_coupon_id_key'],
  'a user and a coupon': [
    claimsOfUserAndCoupon,
    [null, null, 100, '1', 'user_1'],
    'user_claims_user_id_coupon_id_key',
  ],
}
for (const [what, [statement, values, index]] of Object.entries(plans)) {
  for (const isAnalyzed of [false, true]) {
    test(`the claims of ${what} are found by ${index}, ${isAnalyzed ? 'with' : 'without'} statistics`, async () => {
      if (isAnalyzed) await database.pool.query('ANALYZE')
      const { rows } = await database.pool.query<{ 'QUERY PLAN': string }>(`EXPLAIN ${statement}`, values)
      const plan = rows.map((row) => row['QUERY PLAN']).join('\n')
      assert.match(plan, index)
      assert.not.match(plan, 'Seq Scan on user')
    })
  }
}

test('the audit, the ledger and the tests’ own look count live claims alone', async () => {
  const [audit] = await auditCoupons(database.pool, 'SMALL')
  assert.equal([audit!.claims, audit!.passed], [3, true])
  assert.equal((await readLedger(database.pool, 'SMALL'))!.claimants, ['user_0', 'user_1', 'user_2'])
  assert.equal((await storedClaims(database.pool, 'SMALL')).users, ['user_0', 'user_1', 'user_2'])
  await database.pool.query(
    `UPDATE user_claims SET state = 'held', held_until = now()
     WHERE ended_id = 0 AND coupon_id = (SELECT id FROM coupons WHERE name = 'SMALL')`,
  )
  const [held] = await auditCoupons(database.pool, 'SMALL')
  assert.equal([held!.claims, held!.passed], [3, true])
  await database.pool.query(
    `UPDATE user_claims SET state = 'expired', ended_id = id
     WHERE state = 'held' AND user_id = (SELECT id FROM users WHERE username = 'user_0')`,
  )
  const [leaked] = await auditCoupons(database.pool, 'SMALL')
  assert.equal(
    leaked!.checks.filter(({ passed }) => !passed).map(({ name }) => name),
    ['counter_matches'],
  )
})

test.run()
