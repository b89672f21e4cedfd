/** No secret is in anything that the program writes, whatever happens to it: all that it wrote is searched for each. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createLog } from '../../server/log.ts'
import { type CommandEnd, runCommand, startCommand } from '../support/command.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'

const test = suite('http: secrets in logs')
/** Each is a text that stands nowhere else. */
const password = 'p4ssw0rd-of-a-user'
const wrongPassword = 'wr0ng-p4ssw0rd-of-a-user'
const secret = 's3cret-that-signs-access-tokens-of-this-test'
const databasePassword = 'p4ssw0rd-of-the-database'
let database: TestDatabase
let databaseUrl: string

test.before(async () => {
  database = await createTestDatabase({ coupons: [{ name: 'PROMO', amount: 3 }] })
  const url = new URL(database.url)
  url.username = `secrets_${process.pid}`
  url.password = databasePassword
  await database.pool.query(`CREATE ROLE ${url.username} LOGIN SUPERUSER PASSWORD '${databasePassword}'`)
  databaseUrl = url.href
})

test.after(async () => {
  await database.pool.query(`DROP ROLE secrets_${process.pid}`)
  await database.close()
})

interface Pair {
  readonly access_token: string
  readonly refresh_token: string
}

/** All that clients do with secrets, right and wrong; resolves to the secrets that came of it. */
async function useSecrets(url: string): Promise<string[]> {
  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    fetch(url + path, {
      method: 'POST',
      headers,
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
  const account = { username: 'ada', password, full_name: 'Ada' }
  assert.is((await post('/api/users/register', account)).status, 201)
  const signedIn = await post('/api/auth/login', account)
  const first = ((await signedIn.json()) as { data: Pair }).data
  const refreshed = await post('/api/auth/refresh', { refresh_token: first.refresh_token })
  const second = ((await refreshed.json()) as { data: Pair }).data
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
  await post('/api/auth/refresh', { refresh_token: first.refresh_token })
  await post('/api/auth/login', { ...account, password: wrongPassword })
  await post('/api/auth/login', JSON.stringify(account).slice(0, -3))
  await post('/api/auth/login', { username: password, password: [wrongPassword] })
  await post('/api/users/register', { ...account, username: 'a b', password: wrongPassword.repeat(9) })
  await post(`/api/auth/login?password=${password}&token=${second.access_token}`, account)
  await post('/api/coupons/claim', { coupon_name: 'PROMO' }, bearer(second.access_token))
  await post('/api/coupons/claim', { coupon_name: 'PROMO' }, bearer(`${second.access_token}x`))
  await fetch(`${url}/api/users/me?access_token=${second.access_token}`, {
    headers: bearer(second.access_token),
  })
  await fetch(`${url}/api/nowhere`, { headers: { cookie: `session=${second.refresh_token}` } })
  return [first, second].flatMap(({ access_token, refresh_token }) => [access_token, refresh_token])
}

/** What a client is not told either. */
function assertSilent(
  { stdout, stderr }: Pick<CommandEnd, 'stdout' | 'stderr'>,
  more: readonly string[] = [],
): void {
  const all = [password, wrongPassword, secret, databasePassword, ...more]
  for (const each of all) {
    const at = (stdout + stderr).indexOf(each)
    const around = (stdout + stderr).slice(Math.max(0, at - 300), at + each.length + 50)
    assert.is(at, -1, `a secret was written: ${around}`)
  }
}

test('a server at its most talkative, through sign-ins, refusals, broken connections and unforeseen faults', async () => {
  const environment = { DATABASE_URL: databaseUrl, JWT_SECRET: secret, LOG_LEVEL: 'trace', COUPON_DEBUG: '1' }
  const server = startCommand(['serve', '--port', '0'], { environment })
  const [, url = ''] = await server.waitFor(/Listening on (http:\S+)/)
  const secrets = await useSecrets(url)
  const { rows } = await database.pool.query('SELECT password FROM users')
  const hashes = rows.map((row: { password: string }) => row.password)
  await database.pool
    .query(
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
    )
    .catch(() => {})
  // Statements that fail for a reason nobody foresaw, with passwords and tokens among their parameters.
  await database.pool.query('ALTER TABLE users RENAME COLUMN full_name TO other')
  await database.pool.query('ALTER TABLE refresh_tokens RENAME COLUMN family TO other')
  const body = JSON.stringify({ username: 'bob', password, full_name: password })
  for (const path of ['/api/users/register', '/api/auth/login'])
    assert.ok((await fetch(url + path, { method: 'POST', body })).status >= 500, path)
  server.child.kill('SIGTERM')
  const end = await server.end
  assert.match(end.stdout, /unforeseen fault/)
  assert.match(end.stdout, /"msg":"request"/)
  assertSilent(end, [...secrets, ...hashes, '$2b$10$'])
})

const faults: Readonly<Record<string, Record<string, string>>> = {
  'a secret that is too short': { JWT_SECRET: databasePassword },
  'an address that is none': { DATABASE_URL: `mysql://user:${databasePassword}@host/name` },
  'an address with a faulty port': { DATABASE_URL: `postgres://user:${databasePassword}@host:99999999/name` },
  'a database that is not there': { DATABASE_URL: `postgres://user:${databasePassword}@127.0.0.1:1/name` },
  'a Redis that is not there': {
    REDIS_URL: `redis://:${databasePassword}@127.0.0.1:1`,
    COUPON_STRATEGY: 'lock',
  },
  'a variable of another kind': { PORT: 'x', JWT_SECRET: secret, COUPON_AUTH_MODE: 'y' },
}
for (const [what, own] of Object.entries(faults)) {
  test(`a configuration that fails: ${what}`, async () => {
    const environment = {
      DATABASE_URL: databaseUrl,
      JWT_SECRET: secret,
      COUPON_DEBUG: '1',
      LOG_LEVEL: 'trace',
      ...own,
    }
    const end = await runCommand(['serve', '--port', '0'], { environment })
    assert.ok(end.exitCode === 2 || end.exitCode === 3, `${end.exitCode} ${end.stderr}`)
    assertSilent(end)
  })
}

test('a file that is no JSON, with passwords around its fault', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'coupon-test-'))
  try {
    writeFileSync(
      join(folder, 'env.json'),
      `{"env": {"jwt_secret": "${secret}" "password": "${databasePassword}"}}`,
    )
    const broken = await runCommand(['serve'], { folder, environment: { COUPON_DEBUG: '1' } })
    assert.is(broken.exitCode, 2)
    assertSilent(broken)
    const misplaced = {
      env: {
        database: { password: [databasePassword], secret, url: databasePassword },
        jwt_secret: [secret],
      },
    }
    writeFileSync(join(folder, 'env.json'), JSON.stringify(misplaced))
    const faulty = await runCommand(['serve'], { folder, environment: { COUPON_DEBUG: '1' } })
    assert.is(faulty.exitCode, 2)
    assertSilent(faulty)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

/** What one line of the log says of this. */
function logged(fields: object): string {
  let text = ''
  createLog('trace', {
    write: (line) => {
      text += line
    },
  }).warn(fields, 'it')
  return text
}

test('an error is logged by its words and its stack, without what a driver hangs on it', () => {
  const error = Object.assign(new Error('it broke'), {
    code: '42703',
    sql: `INSERT … '${password}'`,
    parameters: [password],
    parent: Object.assign(new Error('inner'), { parameters: [password], where: secret }),
    config: { password: databasePassword },
    cause: Object.assign(new Error('deeper'), { connectionString: databaseUrl }),
  })
  const text = logged({ err: error })
  assertSilent({ stdout: text, stderr: '' })
  for (const word of ['it broke', '42703', 'secrets.test']) assert.ok(text.includes(word), text)
})

test('a line is one line, and no terminal obeys it: line ends, escapes and quotes are written as JSON', () => {
  const evil = 'x\r\n{"level":60,"msg":"forged"}\u001b[2J\u0000\u2028\u009b31m"'
  const text = logged({ correlation_id: evil, path: evil, err: new Error(evil) })
  assert.is(text.trimEnd().split('\n').length, 1)
  assert.not.match(text.trimEnd(), /[\p{Cc}\p{Zl}\p{Zp}]/u)
  assert.is((JSON.parse(text) as { path: string }).path, evil)
})

test.run()
