import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { durationMs } from '../server/config/duration.ts'
import { environmentVariables, flagSettings, settings } from '../server/config/settings.ts'
import { type ConfigSources, loadConfig } from '../server/config.ts'
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
  })
  assert.is(config.database.url, null)
  assert.is(config.redis.url, null)
  assert.is(config.context.timeoutMs, 5000)
  assert.equal(config.auth, { mode: 'open' })
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
    JWT_SECRET: 'a secret',
    COUPON_STRATEGY: 'lock',
    LOG_LEVEL: 'debug',
  }
  assert.equal(Object.keys(environment).sort(), Object.keys(environmentVariables).sort())
  const { app, database, redis, claim, log } = load(folder, { environment })
  assert.equal(
    [app.port, app.host, database.url, redis.url],
    [1234, '0.0.0.0', environment.DATABASE_URL, environment.REDIS_URL],
  )
  assert.equal([claim.strategy, log.level], ['lock', 'debug'])
  assert.equal(Object.keys(flagSettings).sort(), ['host', 'port', 'strategy'])
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
})

function pathsOf(group: object, prefix = ''): string[] {
  return Object.entries(group).flatMap(([name, value]: [string, unknown]) =>
    typeof value === 'object' && value !== null ? pathsOf(value, `${prefix}${name}.`) : [prefix + name],
  )
}

test.run()
