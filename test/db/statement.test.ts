/** Comments in statements, what a statement is called in the log, and which are told as slow. */
import type pg from 'pg'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { applicationName, connectPool } from '../../server/db/connect.ts'
import { openModels } from '../../server/db/models/open.ts'
import type { SlowStatement } from '../../server/db/slow-statements.ts'
import { comment, commented, named, nameOfStatement } from '../../server/db/statement.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'

const test = suite('db: statements')
let database: TestDatabase

test.before(async () => {
  database = await createTestDatabase()
})

test.after(() => database.close())

test('a comment: keys in order, values encoded, what is null left out', () => {
  assert.is(comment({ b: 'x y', a: null, action: "it's" }), "/*action='it%27s',b='x%20y'*/")
  for (const evil of ['*/ DROP TABLE x; /*', '/*', "'*/'", '\u0000\r\n--', '%2A/', '\u{1f600}*/']) {
    const text = comment({ id: evil })
    assert.match(text, /^\/\*id='[\w.%~!()-]*'\*\/$/)
    assert.is(decodeURIComponent(text.slice(6, -3)), evil)
  }
  assert.equal(named('a_name', 'SELECT 1'), {
    name: 'a_name',
    text: "SELECT 1 /*action='a_name',application='coupon'*/",
  })
})

test('a statement is called by its comment, else by its first words, and never by a value', () => {
  assert.is(nameOfStatement(commented('claim_by_id', 'SELECT * FROM user_claims')), 'claim_by_id')
  const texts = {
    'SELECT "id" FROM "coupons" AS "Coupon" WHERE name = \'X\'': 'SELECT coupons',
    'INSERT INTO "users" ("id") VALUES ($1)': 'INSERT users',
    'UPDATE "coupons" SET "paused"=$1': 'UPDATE coupons',
    'DELETE FROM "refresh_tokens"': 'DELETE refresh_tokens',
    'START TRANSACTION;': 'START',
    'SHOW server_version': 'SHOW',
    '': 'unknown',
  }
  for (const [text, name] of Object.entries(texts)) assert.is(nameOfStatement(text), name)
})

/** Statements that take as long as the database says, in each of the ways in which they are sent. */
test('slow statements are told, quick ones are not; also those that fail', async () => {
  const slow: SlowStatement[] = []
  const onSlow = (each: SlowStatement) => slow.push(each)
  const pool = connectPool(database.url, {
    max: 1,
    timeoutMs: 400,
    purpose: 'test',
    slow: { connection: 'test', slowMs: 150, onSlow },
  })
  try {
    await pool.query('SELECT 1')
    assert.equal(slow, [])
    const query = { ...named('sleep', 'SELECT pg_sleep($1::float)'), values: [0.2], about: () => ({ id: 7 }) }
    await pool.query(query)
    const client = await pool.connect()
    await client.query('SELECT pg_sleep(0.2) FROM pg_namespace LIMIT 1')
    await client.query('SELECT pg_sleep(5)').then(
      () => assert.unreachable(),
      (error: unknown) => assert.is((error as { code?: string }).code, '57014'),
    )
    client.release()
    const told = slow.map(({ connection, statement, failure, about }) => [
      connection,
      statement,
      failure,
      about,
    ])
    assert.equal(told, [
      ['test', 'sleep', null, { id: 7 }],
      ['test', 'SELECT pg_namespace', null, {}],
      ['test', 'SELECT', '57014', {}],
    ])
    for (const { durationMs } of slow) assert.ok(durationMs >= 150)
  } finally {
    await pool.end()
  }
})

test('the models’ statements, too: by table, without their values', async () => {
  const slow: SlowStatement[] = []
  const onSlow = (each: SlowStatement) => slow.push(each)
  const models = openModels(database.url, {
    max: 1,
    timeoutMs: 5000,
    slow: { connection: 'models', slowMs: 0, onSlow },
  })
  try {
    await models.models.User?.findOne({ where: { username: 'a-secret' } })
    const [found, ...more] = slow.map(({ connection, statement }) => `${connection}: ${statement}`)
    assert.equal([found, more], ['models: SELECT users', []])
    assert.not.match(JSON.stringify(slow), /a-secret/)
  } finally {
    await models.close()
  }
})

test('the name of a connection fits into what Postgres keeps of it, and an address may say another', async () => {
  assert.is(applicationName(), 'coupon')
  assert.is(applicationName('claims'), `coupon claims ${process.pid}`)
  assert.ok(applicationName('listener').length < 63)
  const url = new URL(database.url)
  url.searchParams.set('application_name', 'shop')
  const pool: pg.Pool = connectPool(url.href, { max: 1, purpose: 'claims' })
  try {
    const { rows } = await pool.query<{ name: string }>(`SELECT current_setting('application_name') AS name`)
    assert.is(rows[0]?.name, 'shop')
  } finally {
    await pool.end()
  }
})

test.run()
