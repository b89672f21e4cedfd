/** `coupon coupons …` and `coupon claims export` through the real binary. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { compiledBinary, runCommand } from '../support/command.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'

const test = suite<{ folder: string; database: TestDatabase }>('cli: coupons')

test.before(async (context) => {
  context.folder = mkdtempSync(join(tmpdir(), 'coupon-test-'))
  context.database = await createTestDatabase({ users: 5000, coupons: [{ name: 'PROMO', amount: 6000 }] })
  await context.database.pool.query(
    `INSERT INTO user_claims (user_id, coupon_id) SELECT u.id, c.id FROM users u, coupons c ORDER BY u.id`,
  )
  await context.database.pool.query('UPDATE coupons SET remaining_amount = 1000')
})

test.after(async ({ folder, database }) => {
  await database.close()
  rmSync(folder, { recursive: true })
})

type Context = { readonly folder: string; readonly database: TestDatabase }

const run = ({ folder, database }: Context, ...args: string[]) =>
  runCommand(args, { folder, environment: { DATABASE_URL: database.url } })

async function good(context: Context, ...args: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await run(context, ...args)
  assert.is(exitCode, 0, stderr)
  return stdout
}

test('create, show, edit, list, delete: a coupon’s whole life', async (context) => {
  writeFileSync(join(context.folder, 'members.csv'), 'id,username\n1,user_1\n2,user_2\n')
  const made = await good(
    context,
    ...['coupons', 'create', 'summer sale', '--amount', '5', '--starts-at', '2026-11-27T10:00:00+01:00'],
    ...['--paused', '--not-reclaimable', '--audience-file', 'members.csv'],
  )
  assert.match(made, /^SUMMER_SALE\n/)
  const show = async () =>
    JSON.parse(await good(context, 'coupons', 'show', 'summer_sale', '--json')) as Record<string, unknown>
  const { state, starts_at, reclaimable, audience } = await show()
  assert.equal(
    { state, starts_at, reclaimable, audience },
    {
      state: 'paused',
      starts_at: '2026-11-27T09:00:00.000Z',
      reclaimable: false,
      audience: { kind: 'list', size: 2 },
    },
  )

  await good(
    context,
    ...[
      'coupons',
      'edit',
      'SUMMER_SALE',
      '--resume',
      '--starts-at',
      'none',
      '--ends-at',
      '2999-01-01T00:00:00Z',
    ],
    ...['--amount', '7', '--reclaimable', '--audience', 'registered-before:2026-01-01T00:00:00Z'],
  )
  const changed = await show()
  assert.equal(
    [changed.state, changed.starts_at, changed.amount, changed.reclaimable, changed.audience],
    ['active', null, 7, true, { kind: 'registered_before', at: '2026-01-01T00:00:00.000Z' }],
  )

  const table = await good(context, 'coupons', 'list', '--sort', '-amount')
  assert.match(table, /^name +state +amount +remaining/)
  assert.match(table, /PROMO +active +6,000 +1,000 .*\nSUMMER_SALE +active +7 +7 /)
  const listed = JSON.parse(await good(context, 'coupons', 'list', '--search', 'sale', '--json')) as object
  const { claimed_by, ...summary } = changed
  assert.equal(listed, { coupons: [summary] })
  assert.equal(claimed_by, [])
  assert.match(await good(context, 'coupons', 'show', 'promo'), /claimed by +user_0, user_1, .* 4,990 more/)

  const unsure = await run(context, 'coupons', 'delete', 'SUMMER_SALE')
  assert.is(unsure.exitCode, 2)
  assert.match(unsure.stderr, '--yes')
  assert.match(await good(context, 'coupons', 'delete', 'SUMMER_SALE', '--yes'), 'SUMMER_SALE is deleted')
  assert.is((await run(context, 'coupons', 'show', 'SUMMER_SALE')).exitCode, 2, 'it is gone')
})

const faults: Readonly<Record<string, [args: string[], ...words: string[]]>> = {
  'amounts and times that are none, all at once': [
    ['create', '!!', '--amount', '0', '--ends-at', '2026-11-27', '--audience', 'no-such.csv'],
    'NAME',
    '--amount',
    '--ends-at',
    '--audience',
  ],
  'less than is claimed': [['edit', 'PROMO', '--amount', '4999'], '5000 of coupon PROMO are claimed'],
  'a list with a fault': [['edit', 'PROMO', '--audience', 'faulty.csv'], 'Line 2'],
}
test('faults: exit code 2, with what is wrong, and nothing changed', async (context) => {
  writeFileSync(join(context.folder, 'faulty.csv'), `anna\n${'x'.repeat(101)}\n`)
  await Promise.all(
    Object.entries(faults).map(async ([what, [args, ...words]]) => {
      const { exitCode, stdout, stderr } = await run(context, 'coupons', ...args)
      assert.is(exitCode, 2, `${what}: ${stderr}`)
      assert.is(stdout, '')
      for (const word of words) assert.match(stderr, word, what)
    }),
  )
  const { rows } = await context.database.pool.query(
    'SELECT name, amount, audience_kind FROM coupons WHERE deleted_at IS NULL',
  )
  assert.equal(rows, [{ name: 'PROMO', amount: 6000, audience_kind: 'everyone' }])
})

test('claims export: CSV on stdout, or a file that is there whole or not at all', async (context) => {
  const text = await good(context, 'claims', 'export', '--coupon', 'promo')
  assert.is(text.split('\n')[0], 'id,user_id,state,created_at,updated_at,held_until')
  assert.is(text.trimEnd().split('\n').length, 5001)
  const one = await good(
    context,
    'claims',
    'export',
    '--coupon',
    'PROMO',
    '--user',
    'user_7',
    '--state',
    'confirmed',
  )
  assert.match(one, /^id.*\n\d+,user_7,confirmed,.*\n$/)

  const path = join(context.folder, 'claims.csv')
  writeFileSync(path, 'what was there')
  const none = await run(context, 'claims', 'export', '--coupon', 'NONE', '--out', path)
  assert.is(none.exitCode, 2, none.stderr)
  assert.is(readFileSync(path, 'utf8'), 'what was there')
  assert.is(await good(context, 'claims', 'export', '--coupon', 'PROMO', '--out', path), '')
  assert.is(readFileSync(path, 'utf8'), text)
  assert.equal(
    readdirSync(context.folder).filter((name) => name.includes('unfinished')),
    [],
  )
})

test('claims export | head: a closed pipe is no fault', ({ folder, database }) => {
  const command = `"${process.execPath}" "${compiledBinary()}" claims export --coupon PROMO | head -n 2; exit \${PIPESTATUS[0]}`
  const { status, stdout, stderr } = spawnSync('bash', ['-c', command], {
    cwd: folder,
    env: { PATH: process.env.PATH, DATABASE_URL: database.url },
    encoding: 'utf8',
  })
  assert.is(status, 0, stderr)
  assert.is(stdout.split('\n').length, 3)
  assert.not.match(stderr, 'error')
})

test.run()
