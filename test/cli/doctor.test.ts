/** `coupon doctor` through the real binary, over databases, a Redis and ports that have something wrong with them. */
import { once } from 'node:events'
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import pg from 'pg'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Finding, Severity } from '../../cli/commands/doctor/finding.ts'
import {
  type EmbeddedPostgres,
  openEmbeddedPostgres,
  openTemporaryPostgres,
} from '../../server/db/embedded/index.ts'
import { migrateUp } from '../../server/db/migrator.ts'
import { provideRedis } from '../../server/redis/provide.ts'
import { runCommand, startCommand } from '../support/command.ts'
import { addCoupon, urlOf } from '../support/database.ts'
import { processesNaming } from '../support/processes.ts'
import { startTcpProxy } from '../support/tcp-proxy.ts'
import { testSecret } from '../support/tokens.ts'

interface OwnDatabase {
  readonly url: string
  readonly pool: pg.Pool
  close(): Promise<void>
}

interface Context {
  folder: string
  /** One of this file's own: that of all tests may run without fsync, which doctor would tell. */
  postgres: EmbeddedPostgres
  database: OwnDatabase
}

const test = suite<Context>('cli: doctor')

async function addDatabase(
  { postgres }: Pick<Context, 'postgres'>,
  name: string,
  isMigrated = true,
): Promise<OwnDatabase> {
  const url = urlOf(postgres.url, name)
  await execute(postgres.url, `CREATE DATABASE ${name} TEMPLATE template0`)
  if (isMigrated) await migrateUp(url)
  const pool = new pg.Pool({ connectionString: url, max: 2 })
  pool.on('error', () => {})
  return { url, pool, close: () => pool.end() }
}

test.before(async (context) => {
  context.postgres = await openTemporaryPostgres()
  context.database = await addDatabase(context, 'well')
  await addCoupon(context.database.pool, 'PROMO', 5)
})
test.after(async ({ database, postgres }) => {
  await database.close()
  await postgres.close()
})

test.before.each((context) => {
  context.folder = mkdtempSync(join(tmpdir(), 'coupon-doctor-'))
})
test.after.each(({ folder }) => rmSync(folder, { recursive: true, force: true }))

interface Told {
  readonly exitCode: number | null
  readonly severity: Severity
  readonly counts: Readonly<Record<Severity, number>>
  readonly findings: readonly (Finding & { readonly group: string })[]
  /** What was found by a check, the worst first. */
  of(check: string): Finding
  /** Checks that came to that. */
  those(severity: Severity): string[]
}

async function examine(
  environment: Readonly<Record<string, string>>,
  { folder, args = [] }: { folder?: string; args?: readonly string[] } = {},
): Promise<Told> {
  const { exitCode, stdout, stderr } = await runCommand(['doctor', '--json', ...args], {
    environment: { JWT_SECRET: testSecret, PORT: '0', ...environment },
    ...(folder !== undefined && { folder }),
  })
  assert.is(stderr, '')
  const document = JSON.parse(stdout) as Omit<Told, 'exitCode' | 'of' | 'those'>
  return {
    ...document,
    exitCode,
    of: (check) => {
      const found = document.findings.filter((each) => each.check === check)
      return found.find(({ severity }) => severity !== 'ok') ?? found[0] ?? assert.unreachable(`no ${check}`)!
    },
    those: (severity) =>
      document.findings.filter((each) => each.severity === severity).map(({ check }) => check),
  }
}

async function execute(url: string, ...statements: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  // One at a time: ALTER SYSTEM runs in no transaction.
  for (const statement of statements) await client.query(statement)
  await client.end()
}

test('an empty folder: no error, exit code 0, and nothing is made or started', async ({ folder }) => {
  const { exitCode, stdout, stderr } = await runCommand(['doctor'], { folder, environment: { PORT: '0' } })
  assert.is(exitCode, 0, stdout)
  assert.is(stderr, '')
  assert.match(stdout, /note +database +None is configured/)
  assert.match(stdout, /\n\d+ checks: 2 notes\.\n$/)
  for (const line of stdout.split('\n')) assert.ok(line.length <= 80, line)
  assert.equal(readdirSync(folder), [])
  assert.equal(processesNaming(folder), [])
})

test('a database that is well: every check of it is told', async ({ database }) => {
  const told = await examine({ DATABASE_URL: database.url }, { args: ['--workers', '2'] })
  assert.equal([told.exitCode, told.those('warning'), told.those('error')], [0, [], []])
  const groups = [...new Set(told.findings.map(({ group }) => group))]
  for (const group of ['Configuration', 'Database', 'Schema', 'Coupons', 'Clock', 'Redis', 'Port', 'Machine'])
    assert.ok(groups.includes(group), group)
  for (const check of [
    'fsync',
    'synchronous_commit',
    'full_page_writes',
    'isolation',
    'connections',
    'parts',
  ])
    assert.is(told.of(check).severity, 'ok', check)
  assert.is(told.counts.ok, told.those('ok').length)
})

test('colours for a terminal alone; words in both', async ({ database }) => {
  const environment = { DATABASE_URL: database.url, JWT_SECRET: testSecret, PORT: '0' }
  const plain = await runCommand(['doctor'], { environment })
  const coloured = await runCommand(['doctor'], {
    environment: { ...environment, NO_COLOR: '', FORCE_COLOR: '1' },
  })
  assert.ok(!plain.stdout.includes('\u001b'))
  assert.ok(coloured.stdout.includes('\u001b[32mok'))
  // The clocks of one machine are now ahead of each other and now behind, by what asking took.
  const stable = (text: string) =>
    text.replaceAll(/[\d,]+ MB/g, 'MB').replace(/clock {2,}[\s\S]*?\n(?= {2}\w|\n)/, '')
  assert.is(stable(stripVTControlCharacters(coloured.stdout)), stable(plain.stdout))
})

test('settings with faults: all are told with the rest, no secret, exit code 1', async ({
  folder,
  database,
}) => {
  const env = {
    app: { port: -1 },
    jwt_secret: 'hunter2',
    claim: { stratgey: 'batch' },
    log: { level: 'loud' },
  }
  writeFileSync(join(folder, 'env.json'), JSON.stringify({ env }))
  const told = await examine({ DATABASE_URL: database.url, JWT_SECRET: '', PORT: '' }, { folder })
  assert.is(told.exitCode, 1)
  const faults = told.findings
    .filter(({ check }) => check === 'settings')
    .map(({ found }) => found.split(':')[0])
  assert.equal(faults.sort(), ['env.app.port', 'env.claim.stratgey', 'env.jwt_secret', 'env.log.level'])
  assert.is(told.of('fsync').severity, 'ok', 'the database was named rightly, and is looked at')
  assert.is(told.of('port').severity, 'note')
  assert.not.match(JSON.stringify(told), 'hunter2')
  const blind = await examine({ JWT_SECRET: '', PORT: '' }, { folder })
  assert.match(blind.of('database').found, 'Not looked at')
  const absent = await examine({}, { folder, args: ['--config', 'nowhere.json'] })
  assert.match(absent.of('settings').found, 'nowhere.json')
  assert.is(absent.exitCode, 1)
})

test('warnings alone: exit code 4', async ({ folder, database }) => {
  const { url } = database
  writeFileSync(join(folder, 'env.json'), JSON.stringify({ env: { database: { url } } }), { mode: 0o644 })
  chmodSync(join(folder, 'env.json'), 0o644)
  const told = await examine({ JWT_SECRET: 'change-me-to-32-random-bytes-or-more' }, { folder })
  assert.equal(
    [told.exitCode, told.severity, told.those('warning')],
    [4, 'warning', ['jwt_secret', 'file_mode']],
  )
  assert.is(told.of('file_mode').mend, 'chmod 600 env.json')
  assert.not.match(JSON.stringify(told), new URL(url).password)
})

test('wrong flags: exit code 2', async () => {
  const { exitCode, stdout, stderr } = await runCommand(['doctor', '--workers', 'many'])
  assert.equal([exitCode, stdout], [2, ''])
  assert.match(stderr, '--workers')
})

test('a database and a Redis out of reach, a wrong password: errors, without the password', async ({
  database,
}) => {
  const nowhere = await examine({
    DATABASE_URL: 'postgres://me:hunter2@127.0.0.1:1/coupons',
    REDIS_URL: 'redis://:hunter2@127.0.0.1:1',
    COUPON_STRATEGY: 'lock',
  })
  assert.equal([nowhere.exitCode, nowhere.those('error')], [1, ['database', 'redis']])
  assert.match(nowhere.of('database').mend ?? '', 'DATABASE_URL')
  assert.not.match(JSON.stringify(nowhere), 'hunter2')
  const url = new URL(database.url)
  url.password = 'hunter2'
  const refused = await examine({ DATABASE_URL: url.href })
  assert.match(refused.of('database').found, 'password authentication failed')
  assert.not.match(JSON.stringify(refused), 'hunter2')
})

test('a frozen database is told within its time', async ({ database }) => {
  const proxy = await startTcpProxy(database.url)
  try {
    proxy.freeze()
    const told = await examine({ DATABASE_URL: proxy.url })
    assert.is(told.of('database').severity, 'error')
    assert.is(told.exitCode, 1)
  } finally {
    await proxy.close()
  }
})

test('schema: empty, behind, ahead, without a function, a trigger or a right', async (context) => {
  const empty = await addDatabase(context, 'empty', false)
  const hurt = await addDatabase(context, 'hurt')
  try {
    const untouched = await examine({ DATABASE_URL: empty.url })
    assert.equal([untouched.exitCode, untouched.of('schema').mend], [1, 'coupon migrate'])
    assert.ok(!untouched.findings.some(({ group }) => group === 'Coupons'))

    await hurt.pool.query('ALTER TABLE coupons DISABLE TRIGGER coupons_stock_notice')
    await hurt.pool.query('DROP FUNCTION sweep_holds')
    const parts = (await examine({ DATABASE_URL: hurt.url })).findings.filter(
      ({ check }) => check === 'parts',
    )
    assert.equal(
      parts.map(({ found }) => found.split(': ')[1]),
      ['function sweep_holds.', 'trigger coupons_stock_notice of coupons.'],
    )
    assert.is(parts[1]!.mend, 'ALTER TABLE coupons ENABLE TRIGGER "coupons_stock_notice";')

    await hurt.pool.query("INSERT INTO schema_migrations (name) VALUES ('9999_from_the_future')")
    const ahead = await examine({ DATABASE_URL: hurt.url })
    assert.is(ahead.of('schema').severity, 'note')
    assert.match(ahead.of('schema').found, '9999_from_the_future')

    await hurt.pool.query("DELETE FROM schema_migrations WHERE name LIKE '0013%' OR name LIKE '9999%'")
    const behind = await examine({ DATABASE_URL: hurt.url })
    assert.equal([behind.of('schema').severity, behind.of('schema').mend], ['error', 'coupon migrate'])
  } finally {
    await empty.close()
    await hurt.close()
  }
})

test('sums that do not agree: an error that names the coupon', async ({ database }) => {
  await addCoupon(database.pool, 'ODD', 5)
  await database.pool.query("UPDATE coupons SET remaining_amount = 3 WHERE name = 'ODD'")
  const told = await examine({ DATABASE_URL: database.url })
  await database.pool.query("DELETE FROM coupons WHERE name = 'ODD'")
  assert.equal([told.exitCode, told.those('error')], [1, ['sums']])
  assert.match(told.of('sums').found, 'ODD (counter_matches)')
})

test('a Postgres of risky settings: each is told, and the command beside it mends it', async () => {
  const postgres = await openTemporaryPostgres()
  try {
    const url = urlOf(postgres.url, 'shop')
    await execute(
      postgres.url,
      'CREATE DATABASE shop',
      "CREATE ROLE seller LOGIN PASSWORD 'hunter2' CONNECTION LIMIT 20",
    )
    await migrateUp(url)
    await execute(
      url,
      'ALTER SYSTEM SET fsync = off',
      'ALTER SYSTEM SET full_page_writes = off',
      'ALTER ROLE seller SET synchronous_commit = off',
      "ALTER DATABASE shop SET default_transaction_isolation = 'serializable'",
      'ALTER ROLE seller IN DATABASE shop SET default_transaction_read_only = on',
      'GRANT SELECT ON schema_migrations, coupons, user_claims TO seller',
      'SELECT pg_reload_conf()',
    )
    const seller = new URL(url)
    seller.username = 'seller'
    seller.password = 'hunter2'
    const told = await examine({ DATABASE_URL: seller.href }, { args: ['--workers', '2'] })
    assert.is(told.exitCode, 1)
    assert.equal(told.those('error'), [
      'writable',
      'fsync',
      'synchronous_commit',
      'connections',
      'privileges',
    ])
    assert.equal(told.those('warning'), ['full_page_writes'])
    assert.is(told.of('isolation').severity, 'note')
    assert.match(told.of('synchronous_commit').found, 'for the role seller')
    assert.match(told.of('connections').found, 'role seller allows 20')
    assert.not.match(JSON.stringify(told), 'hunter2')

    const mends = ['writable', 'fsync', 'full_page_writes', 'synchronous_commit', 'connections', 'privileges']
    const statements = mends.flatMap((check) => told.of(check).mend!.replace(/^.*: /, '').split(';'))
    await execute(url, ...statements.map((each) => each.trim()).filter((each) => each !== ''))
    const mended = await examine({ DATABASE_URL: seller.href }, { args: ['--workers', '2'] })
    assert.equal([mended.exitCode, mended.those('error'), mended.those('warning')], [0, [], []])

    const options = `${url}?options=${encodeURIComponent('-c synchronous_commit=off -c default_transaction_isolation=serializable')}`
    const byUrl = await examine({ DATABASE_URL: options })
    assert.equal(byUrl.those('error'), ['synchronous_commit', 'isolation'])
    assert.match(byUrl.of('synchronous_commit').mend ?? '', 'options')
  } finally {
    await postgres.close()
  }
})

test('the embedded Postgres: at rest, running, and as a standby', async ({ folder }) => {
  const place = join(folder, '.coupon')
  const open = () => openEmbeddedPostgres({ folder: place, lifetime: 'kept' })
  const whileOpen = async (look: (postgres: EmbeddedPostgres) => Promise<void>) => {
    const postgres = await open()
    await look(postgres).finally(postgres.close)
  }
  await whileOpen(async ({ url }) => {
    const told = await examine({}, { folder })
    assert.match(told.of('database').found, new URL(url).host)
    assert.equal(told.those('error'), ['schema'])
    assert.is(told.of('permissions').severity, 'ok')
  })
  chmodSync(join(place, 'password'), 0o644)
  writeFileSync(join(place, 'jwt_secret'), 'short\n', { mode: 0o600 })
  const atRest = await examine({ JWT_SECRET: '' }, { folder })
  assert.match(atRest.of('database').found, 'does not run now')
  assert.is(atRest.of('permissions').mend, 'chmod 600 .coupon/password')
  assert.equal(atRest.those('error'), ['kept_secret'])
  assert.not.ok(existsSync(join(place, 'postgres', 'postmaster.pid')), 'it was not started')
  writeFileSync(join(place, 'postgres', 'standby.signal'), '')
  await whileOpen(async () => {
    assert.match((await examine({}, { folder })).of('writable').found, 'standby')
  })
})

test('Redis: one that is well, one that throws keys out, one that takes none', async ({ database }) => {
  const redis = await provideRedis()
  try {
    const { Redis } = await import('ioredis')
    const client = new Redis(redis.url)
    const environment = { DATABASE_URL: database.url, REDIS_URL: redis.url, COUPON_STRATEGY: 'lock' }
    const well = await examine(environment)
    assert.equal([well.exitCode, well.of('writable').severity, well.of('memory').severity], [0, 'ok', 'ok'])
    assert.equal(await client.keys('*'), [], 'nothing is left behind')
    await client.config('SET', 'maxmemory', '100mb')
    await client.config('SET', 'maxmemory-policy', 'allkeys-lru')
    const evicting = await examine(environment)
    assert.equal([evicting.exitCode, evicting.those('warning')], [4, ['memory']])
    const { password } = new URL(redis.url)
    assert.not.match(JSON.stringify(evicting), password)
    await client.call('ACL', 'SETUSER', 'reader', 'on', '>hunter2', '~*', '+@read', '+ping', '+info')
    const reader = new URL(redis.url)
    reader.username = 'reader'
    reader.password = 'hunter2'
    const refused = await examine({ ...environment, REDIS_URL: reader.href })
    assert.equal(refused.those('error'), ['writable'])
    assert.not.match(JSON.stringify(refused), 'hunter2')
    client.disconnect()
  } finally {
    await redis.close()
  }
})

test('the port: held by our own server, by another program', async ({ database }) => {
  const environment = { DATABASE_URL: database.url, JWT_SECRET: testSecret, LOG_LEVEL: 'silent' }
  const serving = startCommand(['serve', '--port', '0'], { environment })
  const [, port = ''] = await serving.waitFor(/http:\/\/[\w.]+:(\d+)/)
  const other = createServer((socket) => socket.end('220 mail\r\n'))
  other.listen(0, '127.0.0.1')
  await once(other, 'listening')
  try {
    const ours = await examine({ ...environment, PORT: port })
    assert.equal([ours.exitCode, ours.of('port').severity], [0, 'ok'])
    assert.match(ours.of('port').found, 'A coupon server listens')
    const taken = await examine({ ...environment, PORT: String((other.address() as AddressInfo).port) })
    assert.equal([taken.exitCode, taken.those('error')], [1, ['port']])
    if (existsSync('/proc/self/fd')) assert.match(taken.of('port').found, `process ${process.pid}, node`)
  } finally {
    other.close()
    serving.child.kill('SIGTERM')
    await serving.end
  }
  const elsewhere = await examine({ ...environment, HOST: '192.0.2.1', PORT: '9000' })
  assert.match(elsewhere.of('port').found, 'no address of this machine')
})

test.run()
