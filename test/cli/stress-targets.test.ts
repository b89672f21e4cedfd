/** What a storm is aimed at, with real servers: what is made, proved, left and refused. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import bcrypt from 'bcrypt'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openTarget } from '../../cli/commands/targets/open-target.ts'
import type { Round, Target } from '../../cli/commands/targets/target.ts'
import { type AppError, createLifecycle, type Lifecycle } from '../../server/index.ts'
import { compiledBinary } from '../support/command.ts'
import { createTestDatabase } from '../support/database.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { stressPlan } from '../support/stress-plan.ts'
import { testSecret } from '../support/tokens.ts'
import { reply } from './claim-server.ts'

interface Context {
  folder: string
  home: string
  lifecycle: Lifecycle
  lines: string[]
}

const test = suite<Context>('stress: targets')
/** Its coupons pile up; each test looks at its own. */
let server: TestServer

test.before(async () => {
  server = await startTestServer({ auth: 'token', users: 3, coupons: [{ name: 'THERE', amount: 4 }] })
})

test.after(() => server.close())

test.before.each((context) => {
  context.home = process.cwd()
  context.folder = mkdtempSync(join(tmpdir(), 'coupon-test-'))
  // An embedded database of the folder would be found.
  process.chdir(context.folder)
  context.lifecycle = createLifecycle()
  context.lines = []
})

test.after.each(async ({ folder, home, lifecycle }) => {
  await lifecycle.close()
  process.chdir(home)
  rmSync(folder, { recursive: true })
})

interface Setting {
  readonly databaseUrl?: string
  readonly password?: string
  readonly change?: Parameters<typeof stressPlan>[0]
}

/** Opens the running server, or the one that the change names. */
function open({ folder, lifecycle, lines }: Context, { databaseUrl, password = '', change }: Setting) {
  const config = join(folder, 'stress.json')
  const database = databaseUrl === undefined ? {} : { database: { url: databaseUrl } }
  const login = change?.login === undefined ? { jwt_secret: testSecret } : {}
  writeFileSync(config, JSON.stringify({ env: { ...database, ...login } }))
  return openTarget(stressPlan({ url: server.url, ...change }), {
    config,
    lifecycle,
    signal: new AbortController().signal,
    announce: (line) => lines.push(line),
    askPassword: async () => password,
  })
}

const failureOf = (work: Promise<unknown>) =>
  work.then(
    () => assert.unreachable() as never,
    (error: AppError) => error,
  )

/** One claim of a user, as the storm would send it. */
async function claim(target: Target, { url, paths }: Round, user: number, coupon: string) {
  const { authorizations } = target
  const authorization = typeof authorizations === 'string' ? authorizations : (authorizations?.[user] ?? '')
  const body = JSON.stringify({ user_id: `user_${user}`, coupon_name: coupon })
  const headers = { authorization }
  const answer = await fetch(new URL(paths.claim, url), { method: 'POST', headers, body })
  const { data } = (await answer.json()) as { data?: { claim_id: string } }
  return { status: answer.status, id: data?.claim_id, headers }
}

test('a running server with its database: coupons are made, users seeded once, released claims do not count', async (context) => {
  const target = await open(context, { databaseUrl: server.database.url, change: { coupon: 'FIRST' } })
  assert.equal([target.auth, target.evidence, target.authorizations?.length], ['signed', 'database', 10])
  assert.match(target.postgres ?? '', /^\d+/)
  const warmUp = await target.openRound({ strategy: null, couponNames: ['FIRST_WARMUP'], quota: 3 })
  assert.is((await claim(target, warmUp, 9, 'FIRST_WARMUP')).status, 200)
  const round = await target.openRound({ strategy: null, couponNames: ['FIRST_1', 'FIRST_2'], quota: 2 })
  assert.is(round.strategy, 'batch')
  await claim(target, round, 0, 'FIRST_1')
  await claim(target, round, 1, 'FIRST_2')
  const { id, headers } = await claim(target, round, 0, 'FIRST_2')
  await fetch(new URL(`${round.paths.claims}/${id}`, round.url), { method: 'DELETE', headers })
  const ledger = (name: string, claimant: string) => ({
    name,
    amount: 2,
    remaining_amount: 1,
    claimants: [claimant],
  })
  assert.equal(await round.readLedgers(), [ledger('FIRST_1', 'user_0'), ledger('FIRST_2', 'user_1')])
  assert.is(context.lines.filter((line) => line === 'Seeding 10 users …').length, 1)
  assert.match(context.lines.at(-1)!, `Made FIRST_1 and FIRST_2 at ${server.url}`)

  await context.lifecycle.close()
  const admin = server.as('admin', 'admin')
  assert.is((await server.get('/api/coupons/FIRST_WARMUP', admin)).status, 404)
  assert.is((await server.get('/api/coupons/FIRST_1', admin)).status, 200)
})

test('an existing coupon is stormed when it is the one that is named, and this the only run', async (context) => {
  const given = { coupon: 'THERE', isCouponGiven: true, shape: { users: 3 } }
  const setting = (change: Setting['change']) => ({ databaseUrl: server.database.url, change })
  const target = await open(context, setting({ ...given, quota: 4, isQuotaGiven: true }))
  const round = await target.openRound({ strategy: null, couponNames: ['THERE'], quota: 4 })
  const [ledger] = await round.readLedgers()
  assert.is(ledger!.amount, 4)
  const refused = [
    [{ ...given, quota: 5, isQuotaGiven: true }, '--quota: got 5, but coupon THERE exists with 4 units left'],
    [{ ...given, repeat: 2 }, /--coupon: THERE exists at .* already, and 2 runs need new ones/],
    [{ ...given, shape: { coupons: 3 } }, /already, and 3 coupons need new ones/],
    [{ ...given, isCouponGiven: false }, /already, and this run needs a new one/],
    [{ strategies: ['batch', 'atomic'] }, '--compare: '],
  ] as const
  for (const [change, words] of refused) {
    const error = await failureOf(open(context, setting(change)))
    assert.is(error.code, 'invalid')
    assert.match(error.message, words)
  }
  const again = await open(context, setting({ ...given, coupon: 'NEW', repeat: 2 }))
  const names = ['NEW_R1', 'THERE']
  const taken = await failureOf(again.openRound({ strategy: null, couponNames: names, quota: 1 }))
  assert.match(taken.message, '--coupon: THERE exists')
  assert.is((await server.get('/api/coupons/NEW_R1', server.as('admin', 'admin'))).status, 404)
})

test('without its database the proof is read through the API, and users who are not there are told', async (context) => {
  const shape = { users: 3 }
  const target = await open(context, { change: { shape } })
  assert.is(target.evidence, 'api')
  const round = await target.openRound({ strategy: null, couponNames: ['THROUGH'], quota: 1 })
  await claim(target, round, 2, 'THROUGH')
  const [ledger] = await round.readLedgers()
  assert.equal([ledger!.remaining_amount, ledger!.claimants], [0, ['user_2']])
  const missing = await failureOf(open(context, { change: { shape: { users: 5000 } } }))
  assert.is(missing.code, 'not_found')
  assert.match(missing.message, 'no user user_4999. Run "coupon seed --users 5000"')
})

test('an admin of --login claims for all; a wrong password is refused, and missing users are told before the load', async (context) => {
  await server.database.pool.query(
    `INSERT INTO users (username, password, full_name, role) VALUES ('stressor', $1, 'Stressor', 'admin')`,
    [await bcrypt.hash('user123', 4)],
  )
  const withUsers = (users: number, password: string) =>
    open(context, { password, change: { login: 'stressor', coupon: `OF_${users}`, shape: { users } } })
  const round = { strategy: null, quota: 1 }
  const target = await withUsers(3, 'user123')
  assert.equal([target.auth, typeof target.authorizations], ['login', 'string'])
  await target.openRound({ ...round, couponNames: ['OF_3'] })
  const lonely = await withUsers(1000, 'user123')
  const error = await failureOf(lonely.openRound({ ...round, couponNames: ['OF_1000'] }))
  assert.match(error.message, 'no user user_999')
  const wrong = await failureOf(withUsers(3, 'nonsense'))
  assert.match(wrong.message, 'refuses stressor with that password')
})

test('another database than the server’s is found out before anything is written there', async (context) => {
  const other = await createTestDatabase()
  try {
    const target = await open(context, { databaseUrl: other.url, change: { coupon: 'ELSEWHERE' } })
    const round = { strategy: null, couponNames: ['ELSEWHERE'], quota: 1 }
    const error = await failureOf(target.openRound(round))
    assert.is(error.code, 'config')
    assert.match(error.message, "so that is not the server's database")
    assert.is((await other.pool.query('SELECT FROM users')).rowCount, 0)
  } finally {
    await context.lifecycle.close()
    await other.close()
  }
})

test('what is no coupon API, is not there, or is the original without these routes: one line, nothing changed', async (context) => {
  const seen: string[] = []
  let isApi = false
  const fake = createServer((request, response) => {
    seen.push(`${request.method} ${request.url}`)
    if (request.url === '/healthcheck')
      return reply(response, 200, isApi ? { data: 'Service is Running.' } : {})
    if (request.url?.startsWith('/api/coupons?')) return reply(response, 200, { data: {} })
    reply(response, 404, { kind: 'data_not_found_error' })
  })
  await new Promise<void>((resolve) => fake.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(fake.address() as AddressInfo).port}`
  try {
    const strange = await failureOf(open(context, { change: { url } }))
    assert.equal([strange.code, seen], ['invalid', ['GET /healthcheck']])
    assert.match(strange.message, 'is not a coupon API')
    isApi = true
    for (const [route, words] of [
      ['release', /--mix: at .* no claim can be given back; leave release out of the mix/],
      ['eligibility', /--mix: at .* nobody can ask whether they may claim/],
    ] as const) {
      const mix = { claim: 90, release: 0, eligibility: 0, [route]: 10 }
      const error = await failureOf(open(context, { change: { url, shape: { mix } } }))
      assert.is(error.code, 'invalid')
      assert.match(error.message, words)
    }
    const many = await failureOf(open(context, { change: { url, shape: { users: 102 } } }))
    assert.match(many.message, '--users: got 102, but only 101 can be made through the API')
    assert.equal(
      seen.filter((line) => line.startsWith('POST')),
      [],
    )
  } finally {
    fake.closeAllConnections()
    await new Promise((resolve) => fake.close(resolve))
  }
  assert.is((await failureOf(open(context, { change: { url } }))).code, 'unreachable')
})

test('a server of our own: for each round the strategy that is asked for, and no data of the rounds before', async (context) => {
  const [, program = ''] = process.argv
  const { execArgv } = process
  // The server's process finds its packages from here.
  process.chdir(context.home)
  process.argv[1] = compiledBinary()
  // It needs no tsx, which would be handed on to it.
  process.execArgv = []
  try {
    const strategies = ['batch', 'atomic']
    const target = await open(context, { change: { url: null, strategies, shape: { users: 3, coupons: 2 } } })
    const openRound = (strategy: string, couponNames: readonly string[]) =>
      target.openRound({ strategy, couponNames, quota: 2 })
    const first = await openRound('batch', ['A_1', 'A_2'])
    assert.is((await claim(target, first, 2, 'A_2')).status, 200)
    const ledgers = await first.readLedgers()
    assert.equal(
      ledgers.map(({ claimants }) => claimants),
      [[], ['user_2']],
    )
    const second = await openRound('batch', ['B'])
    assert.is.not(second.url, first.url, 'each round has a process of its own')
    assert.is((await claim(target, second, 2, 'A_2')).status, 404)
    assert.match((await failureOf(first.readLedgers())).message, 'A_1 is gone')
    const third = await openRound('atomic', ['B'])
    assert.is(third.strategy, 'atomic')
    assert.is((await claim(target, third, 0, 'B')).status, 200)
    assert.equal((await third.readLedgers())[0]!.claimants, ['user_0'])
    assert.equal(
      context.lines.filter((line) => line.startsWith('Starting')).map((line) => line.split(' ')[5]),
      ['batch', 'batch', 'atomic'],
    )
  } finally {
    process.argv[1] = program
    process.execArgv = execArgv
  }
})

test.run()
