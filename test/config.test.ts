import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { durationMs } from '../server/config/duration.ts'
import { isRate, rateOf } from '../server/config/rate.ts'
import { environmentVariables, exampleSecret, flagSettings, settings } from '../server/config/settings.ts'
import { assertServable, type ConfigSources, loadConfig, passwordOfEnvironment } from '../server/config.ts'
import { AppError } from '../server/errors.ts'

const test = suite<{ folder: string }>('config')
const exampleFile = new URL('../env.example.json', import.meta.url)

test.before.each((context) => {
  context.folder = mkdtempSync(join(tmpdir(), 'coupon-test-'))
})

test.after.each(({ folder }) => rmSync(folder, { recursive: true }))

function writeEnv(folder: string, env: unknown, name = 'env.json'): void {
  writeFileSync(join(folder, name), typeof env === 'string' ? env : JSON.stringify({ env }))
}

const load = (folder: string, sources: ConfigSources = {}) =>
  loadConfig({ environment: {}, folder, ...sources })

function faultsOf(folder: string, sources: ConfigSources = {}): AppError {
  try {
    load(folder, sources)
  } catch (error) {
    assert.instance(error, AppError)
    assert.is((error as AppError).code, 'config')
    return error as AppError
  }
  return assert.unreachable('the configuration was accepted') as never
}

const keysOf = ({ faults }: AppError) => faults.map(({ key }) => key)

test('nothing given: the defaults, which are the original’s', ({ folder }) => {
  const config = load(folder)
  assert.equal(config.app, {
    name: 'COUPON API',
    env: 'dev',
    version: '1.0',
    host: '127.0.0.1',
    port: 9000,
    apiPrefix: '/api',
    trustProxy: 0,
  })
  assert.is(config.database.url, null)
  assert.is(config.redis.url, null)
  assert.is(config.context.timeoutMs, 5000)
  assert.equal(config.auth, {
    mode: 'token',
    accessTokenMs: 900_000,
    refreshTokenMs: 86_400_000,
    secret: null,
  })
  const [ten, thirty] = [10, 30].map((points) => ({ points, durationMs: 60_000 }))
  assert.equal(config.rateLimit, {
    login: { byName: ten, byAddress: thirty },
    register: { byName: ten, byAddress: thirty },
    claim: { byUser: null },
  })
  assert.equal(config.claim, {
    strategy: 'batch',
    batchSizeMax: 1000,
    queueSizeMax: 10_000,
    holdSweepMs: 1000,
    answersKeptMs: 86_400_000,
    lock: { expiryMs: 20_000, tries: 3, delayMs: 500 },
  })
})

test('flag over environment over file over default', ({ folder }) => {
  assert.is(load(folder).app.port, 9000)
  writeEnv(folder, { app: { port: 1001 }, claim: { strategy: 'lock' } })
  assert.is(load(folder).app.port, 1001)
  const environment = { PORT: '1002', COUPON_STRATEGY: 'atomic' }
  assert.is(load(folder, { environment }).app.port, 1002)
  const flags = { port: '1003' }
  assert.is(load(folder, { environment, flags }).app.port, 1003)
  assert.is(load(folder, { environment, flags }).claim.strategy, 'atomic')
  assert.is(load(folder, { environment, flags: { strategy: 'batch' } }).claim.strategy, 'batch')
})

test('each environment variable and each flag sets what it is said to', ({ folder }) => {
  const environment = {
    PORT: '1234',
    HOST: '0.0.0.0',
    DATABASE_URL: 'postgres://me:pw@db:5/coupons',
    REDIS_URL: 'rediss://:pw@cache:7',
    JWT_SECRET: 'x'.repeat(32),
    COUPON_AUTH_MODE: 'open',
    COUPON_STRATEGY: 'lock',
    LOG_LEVEL: 'debug',
  }
  assert.equal(Object.keys(environment).sort(), Object.keys(environmentVariables).sort())
  const { app, auth, database, redis, claim, log } = load(folder, { environment })
  assert.equal(
    [app.port, app.host, database.url, redis.url],
    [1234, '0.0.0.0', environment.DATABASE_URL, environment.REDIS_URL],
  )
  assert.equal([claim.strategy, log.level], ['lock', 'debug'])
  assert.equal([auth.mode, auth.secret], ['open', environment.JWT_SECRET])
  assert.equal(Object.keys(flagSettings).sort(), ['auth', 'host', 'port', 'strategy'])
  assert.is(load(folder, { environment, flags: { auth: 'token' } }).auth.mode, 'token')
  assert.is(load(folder, { flags: { host: '::1' } }).app.host, '::1')
})

test('an empty variable counts as unset', ({ folder }) => {
  assert.is(load(folder, { environment: { PORT: '', DATABASE_URL: '' } }).app.port, 9000)
})

test('an address of the environment replaces the file’s parts as a whole', ({ folder }) => {
  writeEnv(folder, { database: { host: 'other', password: 'x', name: 'n' } })
  const url = 'postgres://db/real'
  assert.is(load(folder, { environment: { DATABASE_URL: url } }).database.url, url)
})

test('parts become an address, with what needs it escaped', ({ folder }) => {
  writeEnv(folder, {
    database: { host: '::1', port: 6000, user: 'a b', password: 'p@ss/w#rd', name: 'c d' },
    redis: { host: 'cache', password: 'x:y', use_tls: true },
  })
  const { database, redis } = load(folder)
  assert.is(database.url, 'postgres://a%20b:p%40ss%2Fw%23rd@[::1]:6000/c%20d')
  assert.is(redis.url, 'rediss://:x%3Ay@cache:6379')
  assert.is(decodeURIComponent(new URL(database.url!).password), 'p@ss/w#rd')
})

test('every fault is told at once, with its key, what it got, where from, and what it wants', ({
  folder,
}) => {
  writeEnv(folder, {
    app: { port: 70_000, nane: 'x' },
    context: { timeout: 'soon' },
    claim: { batch_size: 1.5, lock: { tries: 0 } },
    log: 'loud',
    auth: { mode: 'closed' },
  })
  const sources = { environment: { LOG_LEVEL: 'shout' }, flags: { strategy: 'hope' } }
  const { message, faults } = faultsOf(folder, sources)
  assert.equal(faults.map(({ key }) => key).sort(), [
    'env.app.nane',
    'env.app.port',
    'env.auth.mode',
    'env.claim.batch_size',
    'env.claim.lock.tries',
    'env.claim.strategy',
    'env.context.timeout',
    'env.log',
    'env.log.level',
  ])
  for (const words of [
    'env.app.port: got 70000 (from env.json), wants a whole number from 0 to 65535',
    'env.claim.strategy: got "hope" (from --strategy), wants one of batch, atomic, lock',
    'env.log.level: got "shout" (from LOG_LEVEL)',
    'env.context.timeout: got "soon"',
    '9 faults',
  ]) {
    assert.ok(message.includes(words), `"${words}" in:\n${message}`)
  }
  assert.match(message, /env\.app\.nane: is not known .*known here: name, env, version/)
})

test('unknown keys are faults on every level', ({ folder }) => {
  writeEnv(
    folder,
    JSON.stringify({ env: { app: { prot: 1 }, databse: {}, claim: { lock: { x: 1 } } }, evn: {} }),
  )
  assert.equal(keysOf(faultsOf(folder)).sort(), ['env.app.prot', 'env.claim.lock.x', 'env.databse', 'evn'])
})

test('names of Object’s own are unknown keys, too', ({ folder }) => {
  writeEnv(folder, '{"env": {"constructor": 1, "__proto__": {"a": 1}, "app": {"toString": 1}}}')
  assert.is(keysOf(faultsOf(folder)).length, 3)
})

test('secrets are never repeated: not of a URL, not of a password, not the JWT’s', ({ folder }) => {
  writeEnv(folder, {
    database: { url: 'mysql://root:hunter2@db', password: { hunter2: true } },
    redis: { password: ['hunter2'] },
    jwt_secret: { hunter2: 1 },
  })
  const environment = { REDIS_URL: 'redis//hunter2' }
  const { message, faults } = faultsOf(folder, { environment })
  assert.not.match(message, 'hunter2')
  assert.not.match(JSON.stringify(faults), 'hunter2')
  assert.ok(keysOf({ faults } as AppError).includes('env.database.url'))
  assert.ok(keysOf({ faults } as AppError).includes('env.jwt_secret'))
})

test('broken JSON is told with its place and without its text', ({ folder }) => {
  writeEnv(folder, '{"env": {"database": {"password": "hunter2" "x": 1}}}')
  const { message } = faultsOf(folder)
  assert.match(message, 'env.json')
  assert.match(message, 'is not JSON')
  assert.not.match(message, 'hunter2')
})

test('a file of another shape is refused', ({ folder }) => {
  for (const text of ['[]', 'null', '1', '{}', '{"env": []}', '{"env": null}', '""', '']) {
    writeEnv(folder, text)
    assert.is(faultsOf(folder).faults.length, 1, text)
  }
})

test('--config names the file; it must be there', ({ folder }) => {
  writeEnv(folder, { app: { port: 1001 } })
  writeEnv(folder, { app: { port: 2002 } }, 'other.json')
  assert.is(load(folder, { flags: { config: 'other.json' } }).app.port, 2002)
  assert.match(
    faultsOf(folder, { flags: { config: 'missing.json' } }).message,
    /--config: got "missing.json".*no such file/,
  )
})

test('durations: ms, s, m, h, d and nothing else', ({ folder }) => {
  assert.equal(
    ['0ms', '500ms', '5s', '15m', '24h', '2d'].map(durationMs),
    [0, 500, 5000, 900_000, 86_400_000, 172_800_000],
  )
  for (const bad of ['', '5', 's', '-1s', '1.5s', '5 s', '5S', '5sec', '1h30m', 5]) {
    writeEnv(folder, { context: { timeout: bad } })
    assert.equal(keysOf(faultsOf(folder)), ['env.context.timeout'], String(bad))
  }
  assert.throws(() => durationMs('soon'), RangeError)
})

test('lifetimes of tokens are from a second to 400 days', ({ folder }) => {
  writeEnv(folder, { auth: { access_token_expiration: '1s', refresh_token_expiration: '400d' } })
  const { accessTokenMs, refreshTokenMs } = load(folder).auth
  assert.equal([accessTokenMs, refreshTokenMs], [1000, 400 * 86_400_000])
  for (const bad of ['0s', '999ms', '401d', 'soon']) {
    writeEnv(folder, { auth: { access_token_expiration: bad } })
    assert.equal(keysOf(faultsOf(folder)), ['env.auth.access_token_expiration'], bad)
  }
})

test('rates: so many in so long, or off', ({ folder }) => {
  assert.equal(rateOf('5/1h'), { points: 5, durationMs: 3_600_000 })
  assert.is(rateOf('off'), null)
  for (const bad of ['', '10', '10/', '/1m', '0/1m', '-1/1m', '1.5/1m', '10/1w', '10/500ms', '10/2d', 'on'])
    assert.is(isRate(bad), false, bad)
  writeEnv(folder, { rate_limit: { login: { by_name: 'many' }, claim: { by_user: 5 } } })
  assert.equal(keysOf(faultsOf(folder)), ['env.rate_limit.login.by_name', 'env.rate_limit.claim.by_user'])
})

test('a secret of less than 32 bytes is a fault in token mode, and is not repeated', ({ folder }) => {
  const environment = { JWT_SECRET: 'hunter2'.repeat(4) }
  const { message, faults } = faultsOf(folder, { environment })
  assert.equal(keysOf({ faults } as AppError), ['env.jwt_secret'])
  assert.match(message, 'got a value of 28 bytes')
  assert.not.match(message, 'hunter2')
  load(folder, { environment, flags: { auth: 'open' } })
  load(folder, { environment: { JWT_SECRET: 'é'.repeat(16) } })
})

const serve = (folder: string, sources: ConfigSources = {}, allowsOpen = false) =>
  load(folder, { ...sources, serving: { allowsOpen } })

test('open mode is served on the loopback interface only, unless it is allowed elsewhere', ({ folder }) => {
  const open = (host: string) => ({ flags: { auth: 'open', host }, serving: { allowsOpen: false } })
  for (const host of ['127.0.0.1', '127.8.8.8', '::1', 'localhost', 'LocalHost'])
    assert.is(serve(folder, open(host)).app.host, host)
  for (const host of [
    '0.0.0.0',
    '::',
    '10.0.0.1',
    'example.org',
    'localhost.example.org',
    '127.0.0.1.example.org',
  ]) {
    assert.equal(keysOf(faultsOf(folder, open(host))), ['env.app.host'], host)
    assert.is(serve(folder, open(host), true).app.host, host)
  }
  assert.is(serve(folder, { flags: { host: '0.0.0.0' } }).auth.mode, 'token')
})

test('in production open mode is refused in every case, but only to who serves', ({ folder }) => {
  writeEnv(folder, { app: { env: 'production' }, auth: { mode: 'open' }, jwt_secret: 'x'.repeat(32) })
  for (const allowsOpen of [false, true]) {
    assert.equal(keysOf(faultsOf(folder, { serving: { allowsOpen } })), ['env.auth.mode'])
    assert.throws(() => assertServable(load(folder), { allowsOpen }), /production/)
  }
})

test('in production a secret of one’s own is required, but only of who serves', ({ folder }) => {
  const env = { app: { env: 'production' } }
  for (const jwt_secret of [undefined, null, exampleSecret]) {
    writeEnv(folder, { ...env, jwt_secret })
    load(folder)
    assert.equal(keysOf(faultsOf(folder, { serving: { allowsOpen: true } })), ['env.jwt_secret'])
  }
  writeEnv(folder, { ...env, jwt_secret: 'x'.repeat(32) })
  serve(folder)
})

test('the password of --login is taken from the environment, an empty one is none', () => {
  assert.is(passwordOfEnvironment({ COUPON_PASSWORD: 'secret' }), 'secret')
  assert.is(passwordOfEnvironment({ COUPON_PASSWORD: '' }), null)
  assert.is(passwordOfEnvironment({}), null)
})

test('null says "not configured" where that is possible, and is a fault elsewhere', ({ folder }) => {
  writeEnv(folder, { database: { url: null, host: null }, redis: { url: null }, jwt_secret: null })
  assert.is(load(folder).database.url, null)
  writeEnv(folder, { app: { port: null } })
  assert.equal(keysOf(faultsOf(folder)), ['env.app.port'])
})

test('url and host together are a fault', ({ folder }) => {
  writeEnv(folder, { database: { url: 'postgres://a/b', host: 'c' } })
  assert.equal(keysOf(faultsOf(folder)), ['env.database'])
})

test('the configuration is frozen through and through', ({ folder }) => {
  const config = load(folder)
  assert.throws(() => Object.assign(config.claim.lock, { tries: 9 }), TypeError)
  assert.throws(() => Object.assign(config, { app: {} }), TypeError)
})

test('env.example.json is valid and shows every setting except the addresses as one', ({ folder }) => {
  const text = readFileSync(exampleFile, 'utf8')
  writeEnv(folder, text)
  load(folder)
  const shown = pathsOf((JSON.parse(text) as { env: object }).env).sort()
  const expected = Object.keys(settings).filter((path) => !path.endsWith('.url'))
  assert.equal(shown, expected.sort())
  assert.is((JSON.parse(text) as { env: { jwt_secret: string } }).env.jwt_secret, exampleSecret)
  serve(folder)
})

function pathsOf(group: object, prefix = ''): string[] {
  return Object.entries(group).flatMap(([name, value]: [string, unknown]) =>
    typeof value === 'object' && value !== null ? pathsOf(value, `${prefix}${name}.`) : [prefix + name],
  )
}

test.run()
