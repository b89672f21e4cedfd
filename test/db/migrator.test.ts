import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type pg from 'pg'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { migrations } from '../../migrations/index.ts'
import { migrateDown, migrateUp, migrationStatus } from '../../server/db/migrator.ts'
import { AppError } from '../../server/errors.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'

const test = suite<{ empty: TestDatabase; migrated: TestDatabase }>('db: migrator')
const all = migrations.map(({ name }) => name)
const onceFile = fileURLToPath(new URL('../support/migrate-once.ts', import.meta.url))

test.before.each(async (context) => {
  context.empty = await createTestDatabase({ isMigrated: false })
  context.migrated = await createTestDatabase({ users: 2, coupons: [{ name: 'PROMO', amount: 5 }] })
})

test.after.each(async ({ empty, migrated }) => {
  await empty.close()
  await migrated.close()
})

const appliedOf = async (url: string) =>
  (await migrationStatus(url)).filter(({ appliedAt }) => appliedAt !== null).map(({ name }) => name)

async function tablesOf(pool: pg.Pool): Promise<string[]> {
  const { rows } = await pool.query<{ name: string }>(
    `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1`,
  )
  return rows.map(({ name }) => name).filter((name) => ['users', 'coupons', 'user_claims'].includes(name))
}

test('names are unique and in their order', () => {
  assert.equal([...new Set(all)].sort(), all)
  for (const name of all) assert.match(name, /^\d{4}_[a-z0-9_]+$/)
})

test('status of an untouched database: all pending, and nothing is changed by asking', async ({ empty }) => {
  assert.equal(
    await migrationStatus(empty.url),
    all.map((name) => ({ name, appliedAt: null })),
  )
  const { rows } = await empty.pool.query(`SELECT FROM pg_class WHERE relnamespace = 'public'::regnamespace`)
  assert.is(rows.length, 0)
})

test('up applies all, in order, once; status tells when', async ({ empty }) => {
  const startMs = Date.now()
  assert.equal(await migrateUp(empty.url), all)
  assert.equal(await migrateUp(empty.url), [])
  for (const { appliedAt } of await migrationStatus(empty.url)) {
    assert.ok(Math.abs(appliedAt!.getTime() - startMs) < 60_000)
  }
  assert.equal(await tablesOf(empty.pool), ['coupons', 'user_claims', 'users'])
})

test('down reverts the last one only; up applies it again', async ({ migrated }) => {
  assert.equal(await migrateDown(migrated.url, {}), [all.at(-1)])
  assert.equal(await appliedOf(migrated.url), all.slice(0, -1))
  assert.equal(await migrateUp(migrated.url), [all.at(-1)])
})

test('down --to keeps what is named', async ({ migrated }) => {
  assert.equal(await migrateDown(migrated.url, { to: all[0]! }), all.slice(1).reverse())
  assert.equal(await appliedOf(migrated.url), [all[0]])
  assert.equal(await tablesOf(migrated.pool), ['coupons', 'user_claims', 'users'])
  const { rows } = await migrated.pool.query('SELECT username FROM users ORDER BY id')
  assert.is(rows.length, 2, 'the rows are still there')
})

test('down --to the last one reverts nothing; to an unknown one is a fault that names the known', async ({
  migrated,
}) => {
  assert.equal(await migrateDown(migrated.url, { to: all.at(-1)! }), [])
  const error = await migrateDown(migrated.url, { to: '9999_never' }).then(
    () => undefined,
    (reason: unknown) => reason,
  )
  assert.instance(error, AppError)
  assert.match((error as AppError).message, '9999_never')
  assert.match((error as AppError).message, all[0]!)
  assert.equal(await appliedOf(migrated.url), all)
})

test('down --all leaves no table of ours, and up works again', async ({ migrated }) => {
  assert.equal(await migrateDown(migrated.url, { all: true }), [...all].reverse())
  assert.equal(await tablesOf(migrated.pool), [])
  const { rows } = await migrated.pool.query(`SELECT FROM pg_proc WHERE proname LIKE 'claim%'`)
  assert.is(rows.length, 0)
  assert.equal(await migrateDown(migrated.url, { all: true }), [])
  assert.equal(await migrateUp(migrated.url), all)
})

/** What a schema is made of, in words that are equal when it is. */
async function schemaOf(pool: pg.Pool): Promise<string[]> {
  const { rows } = await pool.query<{ what: string }>(
    `SELECT pg_get_functiondef(oid) AS what FROM pg_proc WHERE pronamespace = 'public'::regnamespace
     UNION ALL SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
     UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
     UNION ALL SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid)
       FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype <> 'n'
     UNION ALL SELECT table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable || coalesce(column_default, '')
       FROM information_schema.columns WHERE table_schema = 'public'
     UNION ALL SELECT sequence_name FROM information_schema.sequences WHERE sequence_schema = 'public'
     ORDER BY 1`,
  )
  return rows.map(({ what }) => what)
}

test('down of each restores what was there before its up', async ({ empty }) => {
  for (const { name, up, down } of migrations) {
    const before = await schemaOf(empty.pool)
    await empty.pool.query(up)
    assert.not.equal(await schemaOf(empty.pool), before, name)
    await empty.pool.query(down)
    assert.equal(await schemaOf(empty.pool), before, name)
    await empty.pool.query(up)
  }
})

test('two migrators at once, in two processes: each migration is applied once', async ({ empty }) => {
  const children = [1, 2].map(() => fork(onceFile, [empty.url], { execArgv: ['--import', 'tsx'] }))
  await Promise.all(children.map((child) => once(child, 'message')))
  const answers = children.map((child) => once(child, 'message'))
  const ends = children.map((child) => once(child, 'exit'))
  for (const child of children) child.send('go')
  const applied = (await Promise.all(answers)).map(([message]: { applied?: string[] }[]) => message!.applied)
  await Promise.all(ends)
  assert.equal(applied.map((names) => names?.length).sort(), [0, all.length])
  assert.equal(await appliedOf(empty.url), all)
})

test('a migration that fails leaves nothing of itself behind', async ({ empty }) => {
  // The second migration's function is there already, so its step fails half way.
  await empty.pool.query(`CREATE FUNCTION claim_coupon(text, text[], uuid[]) RETURNS TABLE (outcome text)
    LANGUAGE sql AS 'SELECT NULL::text'`)
  const error = await migrateUp(empty.url).then(
    () => undefined,
    (reason: unknown) => reason,
  )
  assert.instance(error, Error)
  assert.equal(await appliedOf(empty.url), ['0001_seed_tables'])
  const { rows } = await empty.pool.query(
    `SELECT FROM information_schema.columns WHERE table_name = 'user_claims' AND column_name = 'claim_key'`,
  )
  assert.is(rows.length, 0, 'its first statement is undone')
  await empty.pool.query('DROP FUNCTION claim_coupon(text, text[], uuid[])')
  assert.equal(await migrateUp(empty.url), all.slice(1))
})

test('an unreachable database is told without its password', async () => {
  const error = (await migrateUp('postgres://me:hunter2@127.0.0.1:1/x').catch(
    (reason: unknown) => reason,
  )) as AppError
  assert.is(error.code, 'unreachable')
  assert.not.match(error.message, 'hunter2')
})

test('the seed’s tables have the columns of the original, beside ours', async ({ migrated }) => {
  const { rows } = await migrated.pool.query<{ name: string; type: string; nullable: string }>(
    `SELECT table_name || '.' || column_name AS name, is_nullable AS nullable,
       data_type || coalesce('(' || character_maximum_length || ')', '') AS type
     FROM information_schema.columns WHERE table_name IN ('users', 'coupons', 'user_claims')`,
  )
  const found = Object.fromEntries(
    rows.map(({ name, type, nullable }) => [name, `${type}${nullable === 'YES' ? '?' : ''}`]),
  )
  const time = 'timestamp with time zone'
  const common = (table: string) => ({
    [`${table}.id`]: 'bigint',
    [`${table}.created_at`]: time,
    [`${table}.updated_at`]: time,
  })
  const original = {
    ...common('users'),
    'users.deleted_at': `${time}?`,
    'users.username': 'character varying(100)',
    'users.password': 'text',
    'users.full_name': 'character varying(255)',
    ...common('coupons'),
    'coupons.deleted_at': `${time}?`,
    'coupons.name': 'character varying(255)',
    'coupons.amount': 'integer',
    'coupons.remaining_amount': 'integer',
    ...common('user_claims'),
    'user_claims.user_id': 'bigint',
    'user_claims.coupon_id': 'bigint',
  }
  assert.equal(Object.fromEntries(Object.keys(original).map((name) => [name, found[name]])), original)
})

/** What each statement breaks, by the SQLSTATE it is refused with. */
const refused: Readonly<Record<string, [sqlState: string, sql: string]>> = {
  'a username twice': [
    '23505',
    `INSERT INTO users (username, password, full_name) VALUES ('user_0', 'x', 'x')`,
  ],
  'a username of 101 characters': [
    '22001',
    `INSERT INTO users (username, password, full_name) VALUES (repeat('x', 101), 'x', 'x')`,
  ],
  'a coupon’s name twice': [
    '23505',
    `INSERT INTO coupons (name, amount, remaining_amount) VALUES ('PROMO', 1, 1)`,
  ],
  'an amount below 0': ['23514', `INSERT INTO coupons (name, amount, remaining_amount) VALUES ('X', -1, 0)`],
  'a remaining amount below 0': ['23514', `UPDATE coupons SET remaining_amount = -1`],
  'a remaining amount over the amount': ['23514', `UPDATE coupons SET remaining_amount = amount + 1`],
  'a user’s second claim': [
    '23505',
    'INSERT INTO user_claims (user_id, coupon_id) SELECT u.id, c.id FROM users u, coupons c, generate_series(1, 2)',
  ],
  'a claim of no user': ['23503', 'INSERT INTO user_claims (user_id, coupon_id) SELECT -1, id FROM coupons'],
  'a claim of no coupon': ['23503', 'INSERT INTO user_claims (user_id, coupon_id) SELECT id, -1 FROM users'],
}

for (const [what, [sqlState, sql]] of Object.entries(refused)) {
  test(`the schema refuses ${what}`, async ({ migrated }) => {
    const error = await migrated.pool.query(sql).then(
      () => undefined,
      (reason: unknown) => reason,
    )
    assert.is((error as { code?: string } | undefined)?.code, sqlState)
  })
}

test('the schema allows the name of a deleted coupon again', async ({ migrated }) => {
  await migrated.pool.query('UPDATE coupons SET deleted_at = now()')
  await migrated.pool.query(`INSERT INTO coupons (name, amount, remaining_amount) VALUES ('PROMO', 1, 1)`)
})

test.run()
