/** The commands through the real binary: what they print, how they end, what they leave behind. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Pool } from 'undici'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { buildProgram } from '../../cli/program.ts'
import type { StressDocument } from '../../cli/stress/report/document.ts'
import { createUi } from '../../cli/ui.ts'
import { migrations } from '../../migrations/index.ts'
import { storedClaims } from '../support/claims.ts'
import { compiledBinary, runCommand, startCommand } from '../support/command.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { processesNaming } from '../support/processes.ts'
import { testSecret } from '../support/tokens.ts'

const test = suite<{ folder: string; databases: TestDatabase[] }>('cli: commands')

test.before.each((context) => {
  context.folder = mkdtempSync(join(tmpdir(), 'coupon-test-'))
  context.databases = []
})

test.after.each(async ({ folder, databases }) => {
  for (const database of databases) await database.close()
  rmSync(folder, { recursive: true })
})

async function open(
  context: { databases: TestDatabase[] },
  options: Parameters<typeof createTestDatabase>[0] = {},
): Promise<{ database: TestDatabase; environment: Record<string, string> }> {
  const database = await createTestDatabase(options)
  context.databases.push(database)
  return { database, environment: { DATABASE_URL: database.url } }
}

const commands = [
  [],
  ['serve'],
  ['migrate'],
  ['migrate', 'up'],
  ['migrate', 'down'],
  ['migrate', 'status'],
  ['migrate', 'create'],
  ['seed'],
  ['user'],
  ['user', 'create'],
  ['user', 'list'],
  ['user', 'role'],
  ['user', 'password'],
  ['token'],
  ['stress'],
  ['report'],
  ['chaos'],
  ['verify'],
  ['doctor'],
  ['completion'],
  ['help'],
  ['coupons'],
  ['coupons', 'list'],
  ['coupons', 'show'],
  ['coupons', 'create'],
  ['coupons', 'edit'],
  ['coupons', 'delete'],
  ['claims'],
  ['claims', 'export'],
]

/** As commander prints it, without a process for each. */
function helpOf(words: readonly string[]): string {
  const context = { ui: createUi(), signal: new AbortController().signal }
  let command = buildProgram(context, () => {})
  for (const word of words) command = command.commands.find((each) => each.name() === word)!
  let text = ''
  command.configureOutput({
    writeOut: (part) => {
      text += part
    },
  })
  command.outputHelp()
  return text
}

test('--help of each command, with examples, in 120 columns', () => {
  for (const words of commands) {
    const name = ['coupon', ...words].join(' ')
    const text = helpOf(words)
    assert.match(text, `Usage: ${name}`)
    if (name !== 'coupon') assert.match(text, /Examples:\n( +\$ .*coupon .+\n?)+/, name)
    for (const line of text.split('\n')) assert.ok(line.length <= 120, `${name}: ${line}`)
  }
})

test('help and version on stdout, exit code 0', async () => {
  const [whole, ofOne, version] = await Promise.all(
    [['--help'], ['coupons', 'create', '--help'], ['--version']].map((args) => runCommand(args)),
  )
  for (const end of [whole, ofOne, version]) assert.equal([end!.exitCode, end!.stderr], [0, ''])
  for (const word of [
    'serve',
    'migrate',
    'seed',
    'user',
    'token',
    'stress',
    'report',
    'chaos',
    'verify',
    'doctor',
    'coupons',
    'claims',
  ])
    assert.match(whole!.stdout, word)
  assert.is(ofOne!.stdout, helpOf(['coupons', 'create']))
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  assert.is(version!.stdout, `${JSON.parse(text).version}\n`)
})

test('COUPON_DEBUG=1 shows where an error came from, and nobody else does', async () => {
  const environment = { DATABASE_URL: 'postgres://me:hunter2@127.0.0.1:1/coupons' }
  const [plain, debug] = await Promise.all(
    ['0', '1'].map((COUPON_DEBUG) =>
      runCommand(['verify'], { environment: { ...environment, COUPON_DEBUG } }),
    ),
  )
  assert.not.match(plain!.stderr, /^\s+at /m)
  assert.match(debug!.stderr, /AppError: [\s\S]*^\s+at [\s\S]*caused by [\s\S]*^\s+at /m)
  assert.is(debug!.exitCode, 3)
  assert.not.match(debug!.stderr, 'hunter2')
})

const wrong: readonly (readonly [args: string[], words: string])[] = [
  [['sevre'], 'serve'],
  [['serve', '--prot', '1'], '--port'],
  [['serve', '--port', 'abc'], '--port'],
  [['serve', '--workers', '0'], '--workers'],
  [['serve', '--strategy', 'hope'], 'batch, atomic, lock'],
  [['serve', '--auth', 'closed'], 'token, open'],
  [['serve', '--auth', 'open', '--host', '0.0.0.0'], '--allow-open'],
  [['user', 'create', 'a b'], 'letters, digits'],
  [['user', 'role', 'alice', 'king'], 'user, admin'],
  [['token', 'alice', '--ttl', 'soon'], '--ttl'],
  [['stress', '--login', 'alice'], '--url'],
  [['seed', '--users', '-1'], '--users'],
  [['seed', '--coupon', '!!'], '--coupon'],
  [['migrate', 'down', '--to', '0001_seed_tables', '--all'], '--all'],
  [['migrate', 'sideways'], 'sideways'],
  [['migrate', 'create'], 'name'],
  [['verify', 'extra'], 'argument'],
]

test('wrong words: exit code 2, told on stderr, nothing on stdout', async () => {
  for (let from = 0; from < wrong.length; from += 4) {
    const some = wrong.slice(from, from + 4)
    const ends = await Promise.all(some.map(([args]) => runCommand(args)))
    for (const [index, { exitCode, stdout, stderr }] of ends.entries()) {
      const [args, words] = some[index]!
      assert.is(exitCode, 2, `${args.join(' ')}:\n${stderr}`)
      assert.is(stdout, '', args.join(' '))
      assert.ok(stderr.includes(words), `${args.join(' ')}: "${words}" in:\n${stderr}`)
      assert.not.match(stderr, /^\s+at /m, 'no stack')
    }
  }
})

test('a configuration with faults: exit code 2, every fault, no secret', async ({ folder }) => {
  writeFileSync(
    join(folder, 'env.json'),
    JSON.stringify({
      env: { app: { port: -1 }, jwt_secret: 5, database: { url: 'mysql://x:hunter2@y' }, x: 1 },
    }),
  )
  for (const args of [['serve'], ['verify']]) {
    const { exitCode, stderr } = await runCommand(args, { folder })
    assert.is(exitCode, 2)
    for (const key of ['env.app.port', 'env.jwt_secret', 'env.database.url', 'env.x'])
      assert.match(stderr, key)
    assert.not.match(stderr, 'hunter2')
  }
})

test('an unreachable database: exit code 3, without the password', async () => {
  const environment = { DATABASE_URL: 'postgres://me:hunter2@127.0.0.1:1/coupons' }
  const ends = await Promise.all(
    [['serve', '--port', '0'], ['migrate', 'status'], ['seed'], ['verify']].map((args) =>
      runCommand(args, { environment }),
    ),
  )
  for (const { exitCode, stdout, stderr } of ends) {
    assert.is(exitCode, 3, stderr)
    assert.match(stderr, '127.0.0.1:1')
    assert.not.match(stdout + stderr, 'hunter2')
    assert.not.match(stderr, /^\s+at /m, 'no stack')
  }
})

test('a wrong password: exit code 3, without it', async (context) => {
  const { database } = await open(context)
  const url = new URL(database.url)
  url.password = 'hunter2'
  const { exitCode, stderr } = await runCommand(['verify'], { environment: { DATABASE_URL: url.href } })
  assert.is(exitCode, 3, stderr)
  assert.not.match(stderr, 'hunter2')
})

test('migrate: up, status, down, up', async (context) => {
  const { environment } = await open(context, { isMigrated: false })
  const run = async (...args: string[]) => {
    const { exitCode, stdout, stderr } = await runCommand(['migrate', ...args], { environment })
    assert.is(exitCode, 0, stderr)
    return stdout
  }
  assert.match(await run('status'), /0001_seed_tables +pending/)
  const applied = await run()
  for (const { name } of migrations) assert.match(applied, name)
  assert.match(await run('status'), /0001_seed_tables +applied \d{4}-/)
  assert.match(await run('down', '--all'), '0001_seed_tables')
  const { exitCode, stderr } = await runCommand(['migrate', 'down', '--to', '9999_x'], { environment })
  assert.is(exitCode, 2)
  assert.match(stderr, '9999_x')
})

test('migrate create: writes the next one and its line, and the result compiles and runs', async ({
  folder,
}) => {
  cpSync(fileURLToPath(new URL('../../migrations', import.meta.url)), join(folder, 'migrations'), {
    recursive: true,
  })
  const next = String(migrations.length + 1).padStart(4, '0')
  const first = await runCommand(['migrate', 'create', 'Add audience'], { folder })
  assert.is(first.exitCode, 0, first.stderr)
  // A word of the language itself is a fine name for a migration.
  const second = await runCommand(['migrate', 'create', 'delete'], { folder })
  assert.is(second.exitCode, 0, second.stderr)
  const files = readdirSync(join(folder, 'migrations'))
  assert.ok(files.includes(`${next}_add_audience.ts`), files.join())
  const { migrations: found } = (await import(join(folder, 'migrations', 'index.ts'))) as {
    migrations: { name: string }[]
  }
  assert.equal(found.map(({ name }) => name).slice(-2), [
    `${next}_add_audience`,
    `${String(migrations.length + 2).padStart(4, '0')}_delete`,
  ])
})

test('serve refuses a schema that is behind, names the command, and starts with --migrate', async (context) => {
  const { database, environment } = await open(context, { isMigrated: false })
  const refused = await runCommand(['serve', '--port', '0'], { environment })
  assert.is(refused.exitCode, 2, refused.stderr)
  assert.match(refused.stderr, 'coupon migrate')
  const serving = startCommand(['serve', '--port', '0', '--migrate'], { environment })
  const [, url = ''] = await serving.waitFor(/(http:\/\/[\w.:]+)/)
  assert.match(url, 'http://127.0.0.1:')
  assert.is((await fetch(`${url}/readyz`)).status, 200)
  serving.child.kill('SIGINT')
  const { exitCode, stderr } = await serving.end
  assert.is(exitCode, 0, stderr)
  assert.not.match(stderr, new URL(database.url).password)
})

test('serve on a port that is taken: exit code 3, and what to do', async (context) => {
  const { environment } = await open(context)
  const serving = startCommand(['serve', '--port', '0'], { environment })
  const [, port = ''] = await serving.waitFor(/http:\/\/[\w.]+:(\d+)/)
  const { exitCode, stderr } = await runCommand(['serve', '--port', port], { environment })
  assert.is(exitCode, 3)
  assert.match(stderr, `127.0.0.1:${port}`)
  assert.match(stderr, '--port')
  serving.child.kill('SIGTERM')
  await serving.end
})

for (const workers of [1, 2]) {
  test(`serve --workers ${workers}: SIGTERM under load exits 0, and whatever was stored was answered`, async (context) => {
    const users = 3000
    const { database, environment } = await open(context, {
      users,
      coupons: [{ name: 'PROMO', amount: users }],
    })
    const serving = startCommand(['serve', '--auth', 'open', '--port', '0', '--workers', String(workers)], {
      environment,
    })
    const [, url = ''] = await serving.waitFor(/Listening on (http:\/\/[\w.:]+)/)
    const http = new Pool(url, { connections: 40 })
    const winners: string[] = []
    let refused = 0
    const stop = () => {
      if (winners.length === 100) serving.child.kill('SIGTERM')
    }
    await Promise.all(
      Array.from({ length: users }, async (_, n) => {
        const body = JSON.stringify({ user_id: `user_${n}`, coupon_name: 'PROMO' })
        try {
          const response = await http.request({ method: 'POST', path: '/api/coupons/claim', body })
          await response.body.dump()
          if (response.statusCode === 200) winners.push(`user_${n}`)
          else refused += 1
          stop()
        } catch {
          // Not accepted any more: refused, or on a connection that was closed while idle.
          refused += 1
        }
      }),
    )
    await http.destroy()
    const startMs = performance.now()
    const { exitCode, stderr } = await serving.end
    assert.is(exitCode, 0, stderr)
    assert.ok(performance.now() - startMs < 10_000)
    assert.ok(refused > 0, 'it stopped in the middle')
    const { users: stored, remaining } = await storedClaims(database.pool, 'PROMO')
    assert.equal([...stored].sort(), winners.sort(), 'each stored claim was answered, each answer is stored')
    assert.is(remaining, users - stored.length)
  })
}

test('seed: the original’s users and coupon; the second time it adds nothing and says so', async (context) => {
  const { database, environment } = await open(context)
  const first = await runCommand(['seed'], { environment })
  assert.is(first.exitCode, 0, first.stderr)
  assert.match(first.stdout, /101 users/)
  assert.match(first.stdout, 'COUPON_TEST')
  assert.equal(await storedClaims(database.pool, 'COUPON_TEST'), { amount: 10, remaining: 10, users: [] })
  const second = await runCommand(['seed', '--yes'], { environment })
  assert.is(second.exitCode, 0)
  assert.is(second.stdout.match(/added none/g)?.length, 3, second.stdout)
  const third = await runCommand(['seed', '--users', '103', '--coupon', 'summer sale', '--amount', '7'], {
    environment,
  })
  assert.match(third.stdout, /2 users/)
  assert.match(third.stdout, 'SUMMER_SALE')
  assert.is((await database.pool.query('SELECT FROM users')).rowCount, 103 + 1)
})

test('verify: 0 when all is well, 1 with the failed check, 2 for an unknown coupon', async (context) => {
  const { database, environment } = await open(context, { users: 2, coupons: [{ name: 'PROMO', amount: 5 }] })
  const good = await runCommand(['verify', '--json'], { environment })
  assert.is(good.exitCode, 0, good.stderr)
  const document = JSON.parse(good.stdout) as { passed: boolean; coupons: { coupon: string }[] }
  assert.equal([document.passed, document.coupons.map(({ coupon }) => coupon)], [true, ['PROMO']])
  await database.pool.query('UPDATE coupons SET remaining_amount = 3')
  const bad = await runCommand(['verify', '--coupon', 'promo'], { environment })
  assert.is(bad.exitCode, 1)
  assert.match(bad.stdout, /✗ counter_matches/)
  assert.match(bad.stdout, 'FAILED')
  const none = await runCommand(['verify', '--coupon', 'NONE'], { environment })
  assert.is(none.exitCode, 2)
  assert.match(none.stderr, 'NONE')
})

test('stress --json: one document on stdout, the proof passed', async () => {
  const { exitCode, stdout, stderr } = await runCommand([
    'stress',
    '--users',
    '50',
    '--quota',
    '10',
    '--json',
  ])
  assert.is(exitCode, 0, stderr)
  const document = JSON.parse(stdout) as StressDocument
  assert.ok(document.passed)
  const [run] = document.runs
  const { claimed, sold_out, error } = run!.outcomes
  assert.equal([document.runs.length, claimed, sold_out, error], [1, 10, 40, 0])
  const names = run!.checks.map(({ name }) => name)
  for (const name of [
    'counter_matches',
    'every_claim_answered',
    'every_win_stored',
    'not_oversold',
    'not_undersold',
    'one_claim_each',
  ] as const)
    assert.ok(names.includes(name), name)
})

test('stress --url: storms a running server of several workers, and the proof passes', async (context) => {
  const { environment } = await open(context, { users: 101, coupons: [{ name: 'PROMO', amount: 20 }] })
  Object.assign(environment, { JWT_SECRET: testSecret })
  const serving = startCommand(['serve', '--port', '0', '--workers', '2'], { environment })
  const [, url = ''] = await serving.waitFor(/Listening on (http:\/\/[\w.:]+)/)
  const args = ['stress', '--url', url, '--coupon', 'PROMO', '--users', '60', '--json']
  const { exitCode, stdout, stderr } = await runCommand(args, { environment: { JWT_SECRET: testSecret } })
  serving.child.kill('SIGTERM')
  assert.is((await serving.end).exitCode, 0)
  assert.is(exitCode, 0, stderr)
  const [run] = (JSON.parse(stdout) as StressDocument).runs
  assert.equal([run!.auth, run!.outcomes.claimed], ['signed', 20])
})

test('stress, interrupted before any load: exit code 130, no process and no folder left', async ({
  folder,
}) => {
  const before = new Set(processesNaming(compiledBinary()).map(({ pid }) => pid))
  const args = ['stress', '--users', '5000', '--quota', '5000', '--strategy', 'atomic']
  const storming = startCommand(args, { folder, environment: { TMPDIR: folder } })
  await storming.waitFor(/Starting a server/)
  storming.child.kill('SIGINT')
  const { exitCode, stdout, stderr } = await storming.end
  assert.is(exitCode, 130, stderr)
  assert.is(stdout, '')
  assert.match(stderr, 'Interrupted')
  const left = processesNaming(compiledBinary()).filter(({ pid }) => !before.has(pid))
  assert.equal([...left, ...processesNaming(folder)], [])
  // The copy of Postgres' programs is kept for the next time.
  assert.equal(
    readdirSync(folder).filter((name) => name.startsWith('coupon-') && !name.startsWith('coupon-postgres-')),
    [],
  )
})

test('the embedded database: serve keeps it in .coupon/, seed in another terminal finds it', async ({
  folder,
}) => {
  const serving = startCommand(['serve', '--auth', 'open', '--port', '0'], { folder })
  const [, url = ''] = await serving.waitFor(/Listening on (http:\/\/[\w.:]+)/)
  const seeded = await runCommand(['seed', '--users', '3', '--coupon', 'PROMO', '--amount', '2'], { folder })
  assert.is(seeded.exitCode, 0, seeded.stderr)
  const body = JSON.stringify({ user_id: 'user_1', coupon_name: 'promo' })
  assert.is((await fetch(`${url}/api/coupons/claim`, { method: 'POST', body })).status, 200)
  serving.child.kill('SIGTERM')
  const { exitCode, stderr } = await serving.end
  assert.is(exitCode, 0)
  assert.match(stderr, '.coupon')
  const verified = await runCommand(['verify'], { folder })
  assert.is(verified.exitCode, 0, verified.stderr)
  assert.match(verified.stdout, '1 of 2 claimed')
  assert.equal(processesNaming(folder), [], 'nothing runs on')
  assert.match(readFileSync(join(folder, '.coupon', '.gitignore'), 'utf8'), '*')
})

test.run()
