/** Users, tokens and the guard of a server through the real binary. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import jwt from 'jsonwebtoken'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { StressDocument } from '../../cli/stress/report/document.ts'
import { seedUsers } from '../../server/db/seeding.ts'
import { type CommandOptions, runCommand, startCommand } from '../support/command.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { testSecret, tokenOf } from '../support/tokens.ts'

const test = suite<{ folder: string }>('cli: accounts')
/** Users pile up in it; each test looks at its own. */
let database: TestDatabase

test.before(async () => {
  database = await createTestDatabase({ coupons: [{ name: 'PROMO', amount: 20 }] })
  await seedUsers(database.pool, { count: 30 })
})

test.after(() => database.close())

test.before.each((context) => {
  context.folder = mkdtempSync(join(tmpdir(), 'coupon-test-'))
})

test.after.each(({ folder }) => rmSync(folder, { recursive: true }))

/** With the database and a secret, unless other things are said. */
function run(args: readonly string[], { environment, ...options }: CommandOptions = {}) {
  const own = { DATABASE_URL: database.url, JWT_SECRET: testSecret }
  return runCommand(args, { ...options, environment: { ...own, ...environment } })
}

async function good(args: readonly string[], options?: CommandOptions): Promise<string> {
  const { exitCode, stdout, stderr } = await run(args, options)
  assert.is(exitCode, 0, `${args.join(' ')}:\n${stderr}`)
  return stdout
}

async function withServer<T>(
  args: readonly string[],
  options: CommandOptions,
  work: (url: string) => Promise<T>,
): Promise<T> {
  const environment = { DATABASE_URL: database.url, ...options.environment }
  const serving = startCommand(['serve', '--port', '0', ...args], { ...options, environment })
  try {
    const [, url = ''] = await serving.waitFor(/Listening on (http:\/\/[\w.:]+)/)
    return await work(url)
  } finally {
    serving.child.kill('SIGTERM')
    assert.is((await serving.end).exitCode, 0)
  }
}

const login = async (url: string, username: string, password: string) => {
  const body = JSON.stringify({ username, password })
  return fetch(`${url}/api/auth/login`, { method: 'POST', body })
}

test('user: create from stdin, list, role, password; a token says the role', async () => {
  const [created] = await Promise.all([
    good(['user', 'create', 'alice', '--full-name', 'Alice A.'], { input: 'first password\n' }),
    good(['user', 'create', 'root', '--admin', '--password-stdin'], { input: 'first password' }),
  ])
  assert.match(created, 'Added alice with the role user')
  const [listed, json] = await Promise.all([good(['user', 'list']), good(['user', 'list', '--json'])])
  assert.match(listed, /^alice +user +\d{4}-\d\d-\d\dT.*Alice A\.$/m)
  assert.match(listed, /^root +admin .* root$/m)
  const document = JSON.parse(json) as { username: string; role: string }[]
  assert.equal(document.find(({ username }) => username === 'root')?.role, 'admin')
  assert.ok(document.length >= 32)
  await good(['user', 'role', 'alice', 'admin'])
  const token = await good(['token', 'alice', '--ttl', '90s'])
  assert.match(token, /^[\w-]+\.[\w-]+\.[\w-]+\n$/)
  const { role, sub, iat = 0, exp = 0 } = jwt.verify(token.trim(), testSecret) as jwt.JwtPayload
  assert.equal([sub, role, exp - iat], ['alice', 'admin', 90])
  const before = await passwordOf('alice')
  await good(['user', 'password', 'alice'], { input: 'second password\r\n' })
  assert.is.not(await passwordOf('alice'), before)
})

test('user list: a full name is one line that no terminal obeys, as text and as JSON', async () => {
  const evil = 'Eve\u001b]0;owned\u0007\u001b[2J\u009b31m\r\nadmin \u202e\u2028root\u007f'
  await good(['user', 'create', 'eve', '--full-name', evil], { input: 'long enough' })
  const [text, json] = await Promise.all([good(['user', 'list']), good(['user', 'list', '--json'])])
  for (const listed of [text, json]) assert.not.match(listed, /[\p{Cc}\p{Zl}](?<!\n)/u)
  assert.match(text, /^eve .*Eve ]0;owned \[2J 31m admin root$/m)
  const document = JSON.parse(json) as { username: string; full_name: string }[]
  assert.is(document.find(({ username }) => username === 'eve')?.full_name, evil)
})

async function passwordOf(username: string): Promise<string> {
  const { rows } = await database.pool.query('SELECT password FROM users WHERE username = $1', [username])
  return rows[0].password
}

test('user and token: what does not fit is one line and exit code 2, and no password is repeated', async () => {
  const wrong: readonly (readonly [args: string[], input: string, words: RegExp])[] = [
    [['user', 'create', 'user_0'], 'long enough', /user_0 is taken/],
    [['user', 'create', 'new'], 'hunter2', /8 characters/],
    [['user', 'create', 'new'], '', /stdin/],
    [['user', 'create', 'new', '--password', 'hunter2'], '', /unknown option/],
    [['user', 'password', 'nobody'], 'long enough', /no user "nobody"/],
    [['token', 'nobody'], '', /no user "nobody"/],
  ]
  const ends = await Promise.all(wrong.map(([args, input]) => run(args, { input })))
  for (const [index, { exitCode, stdout, stderr }] of ends.entries()) {
    const [args, , words] = wrong[index]!
    assert.equal([exitCode, stdout], [2, ''], `${args.join(' ')}:\n${stderr}`)
    assert.match(stderr, words)
    if (!args.includes('--password')) assert.not.match(stderr, 'hunter2')
  }
})

test('serve makes a secret of its own, which token and a second server find again', async ({ folder }) => {
  const environment = { JWT_SECRET: '' }
  await withServer(['--workers', '2'], { folder }, async (url) => {
    const token = (await good(['token', 'user_3'], { folder, environment })).trim()
    // More requests than workers: each of them must know the secret.
    for (let turn = 0; turn < 8; turn += 1) {
      const headers = { authorization: `Bearer ${token}`, connection: 'close' }
      assert.is((await fetch(`${url}/api/users/me`, { headers })).status, 200)
    }
    assert.is((await fetch(`${url}/api/users/me`)).status, 401)
    const signedIn = (await (await login(url, 'user_3', 'user123')).json()) as {
      data: { access_token: string }
    }
    await withServer([], { folder }, async (second) => {
      const headers = { authorization: `Bearer ${signedIn.data.access_token}` }
      assert.is((await fetch(`${second}/api/users/me`, { headers })).status, 200)
    })
  })
  assert.ok(existsSync(join(folder, '.coupon', 'jwt_secret')))
})

test('open mode warns, and is refused beyond this machine and in production', async ({ folder }) => {
  const args = ['serve', '--port', '0', '--auth', 'open']
  const environment = { DATABASE_URL: database.url, JWT_SECRET: testSecret }
  const here = startCommand(args, { environment })
  const beyond = startCommand([...args, '--host', '0.0.0.0', '--allow-open'], { environment })
  await here.waitFor(/warning: open mode: whoever is on this machine/)
  await beyond.waitFor(/warning: open mode: whoever can reach this address/)
  for (const { child } of [here, beyond]) child.kill('SIGTERM')
  for (const { end } of [here, beyond]) assert.is((await end).exitCode, 0)
  writeFileSync(join(folder, 'env.json'), JSON.stringify({ env: { app: { env: 'production' } } }))
  const refused: readonly (readonly [args: string[], options: CommandOptions, words: string])[] = [
    [[...args, '--host', '0.0.0.0'], {}, '--allow-open'],
    [args, { folder }, 'env.auth.mode'],
    [[...args, '--allow-open'], { folder }, 'env.auth.mode'],
    [['serve', '--port', '0'], { folder, environment: { JWT_SECRET: '' } }, 'env.jwt_secret'],
  ]
  const ends = await Promise.all(refused.map(([words, options]) => run(words, options)))
  for (const [index, { exitCode, stderr }] of ends.entries()) {
    assert.is(exitCode, 2, stderr)
    assert.match(stderr, refused[index]![2])
  }
})

test('seed makes an admin who can sign in, told once; in production the demo users’ password is nobody’s', async ({
  folder,
}) => {
  const own = await createTestDatabase()
  const environment = { DATABASE_URL: own.url }
  try {
    writeFileSync(join(folder, 'env.json'), JSON.stringify({ env: { app: { env: 'production' } } }))
    const first = await good(['seed', '--users', '2'], { folder, environment })
    const [, password = ''] = /Admin: added admin, with the password "([^"]+)"/.exec(first) ?? []
    assert.ok(password.length >= 32)
    assert.match(first, /curl -s http:\/\/127\.0\.0\.1:9000\/api\/auth\/login .*"username":"admin"/)
    assert.not.match(first, 'user123')
    assert.match(first, 'a random password that nobody knows')
    const second = await good(['seed', '--users', '2'], { folder, environment })
    assert.match(second, /admin exists already; "coupon user password admin"/)
    assert.not.match(second, password)
    await withServer([], { environment: { ...environment, JWT_SECRET: testSecret } }, async (url) => {
      const answer = (await (await login(url, 'admin', password)).json()) as {
        data: { access_token: string }
      }
      const headers = { authorization: `Bearer ${answer.data.access_token}` }
      const body = JSON.stringify({ name: 'NEW', amount: 1 })
      assert.is((await fetch(`${url}/api/coupons`, { method: 'POST', headers, body })).status, 201)
      assert.is((await login(url, 'user_1', 'user123')).status, 401)
    })
  } finally {
    await own.close()
  }
})

test('stress --url: signs with the secret, or signs in; a wrong one is one line before any load', async ({
  folder,
}) => {
  await good(['user', 'create', 'stressor', '--admin'], { input: 'first password' })
  await withServer([], { environment: { JWT_SECRET: testSecret } }, async (url) => {
    const storm = (args: readonly string[], environment: Record<string, string>) =>
      run(['stress', '--url', url, '--users', '20', '--quota', '5', '--json', ...args], {
        folder,
        environment,
      })
    const login = (COUPON_PASSWORD: string, username = 'stressor') =>
      storm(['--login', username], { JWT_SECRET: '', COUPON_PASSWORD })
    const [signed, signedIn] = await Promise.all([storm([], {}), login('first password')])
    for (const [{ exitCode, stdout, stderr }, auth] of [
      [signed, 'signed'],
      [signedIn, 'login'],
    ] as const) {
      assert.is(exitCode, 0, stderr)
      const { passed, runs } = JSON.parse(stdout) as StressDocument
      assert.equal([runs[0]!.auth, passed, runs[0]!.outcomes.claimed], [auth, true, 5])
    }
    assert.match(signed.stderr, 'signed with the secret configured here')
    assert.match(signedIn.stderr, 'Signed in as stressor')
    const claims = async () => (await database.pool.query('SELECT FROM user_claims')).rowCount
    const before = await claims()
    const refused: readonly (readonly [Promise<typeof signed>, RegExp])[] = [
      [storm([], { JWT_SECRET: 'x'.repeat(40) }), /not the one .* signs with/],
      [storm([], { JWT_SECRET: '' }), /no secret here/],
      [login('wrong password'), /refuses stressor/],
      [login('user123', 'user_1'), /only an admin/],
      [login(''), /COUPON_PASSWORD/],
    ]
    for (const [ending, words] of refused) {
      const { exitCode, stdout, stderr } = await ending
      assert.equal([exitCode, stdout], [2, ''], stderr)
      assert.match(stderr, words)
      assert.not.match(stderr, /wrong password|user123|xxxx/)
    }
    assert.is(await claims(), before)
  })
})

test('stress --url without a database: the users must be there, or be told of', async ({ folder }) => {
  await withServer([], { environment: { JWT_SECRET: testSecret } }, async (url) => {
    const environment = { DATABASE_URL: '', JWT_SECRET: testSecret }
    const storm = (users: string) =>
      run(['stress', '--url', url, '--users', users, '--quota', '5', '--json'], { folder, environment })
    const { exitCode, stdout, stderr } = await storm('30')
    assert.is(exitCode, 0, stderr)
    assert.is((JSON.parse(stdout) as StressDocument).passed, true)
    const tooMany = await storm('31')
    assert.is(tooMany.exitCode, 2)
    assert.match(tooMany.stderr, 'no user user_30')
  })
})

test('stress --url against open mode needs no token, and says so', async ({ folder }) => {
  await withServer(['--auth', 'open'], { folder }, async (url) => {
    const args = ['stress', '--url', url, '--users', '5', '--quota', '2', '--json']
    const { exitCode, stdout, stderr } = await run(args, { environment: { JWT_SECRET: '' } })
    assert.is(exitCode, 0, stderr)
    assert.is((JSON.parse(stdout) as StressDocument).runs[0]!.auth, 'open')
    assert.match(stderr, 'open mode')
  })
})

test('the example file, copied, serves here with a warning about its secret', async ({ folder }) => {
  const example = readFileSync(new URL('../../env.example.json', import.meta.url), 'utf8')
  writeFileSync(join(folder, 'env.json'), example)
  const serving = startCommand(['serve', '--port', '0'], {
    folder,
    environment: { DATABASE_URL: database.url },
  })
  const [, url = ''] = await serving.waitFor(/Listening on (http:\/\/[\w.:]+)/)
  await serving.waitFor(/warning: jwt_secret is the example's/)
  const headers = {
    authorization: `Bearer ${tokenOf('user_0', 'user', 'change-me-to-32-random-bytes-or-more')}`,
  }
  assert.is((await fetch(`${url}/api/users/me`, { headers })).status, 200)
  // Its Redis is not there: logins are counted in memory.
  assert.is((await login(url, 'user_0', 'user123')).status, 200)
  serving.child.kill('SIGTERM')
  await serving.end
})

test.run()
