/** A Postgres that is given to chaos: a database of its own in it, which goes with the run, and nothing else. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import pg from 'pg'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openWorld } from '../../cli/commands/chaos/world/open-world.ts'
import { createOutputWatch } from '../../cli/commands/chaos/world/output.ts'
import { writeSettings } from '../../cli/commands/chaos/world/settings.ts'
import { AppError } from '../../server/errors.ts'
import { createLifecycle } from '../../server/lifecycle.ts'
import { createTestDatabase } from '../support/database.ts'

const test = suite('chaos: a given Postgres')

/** A world without servers: only what is under them. */
function open(databaseUrl: string, lifecycle = createLifecycle()) {
  return openWorld({
    servers: [],
    databaseUrl,
    announce: () => {},
    onFault: () => {},
    lifecycle,
    signal: new AbortController().signal,
  })
}

test('a database of its own is made in it and dropped; sessions of other databases go on', async () => {
  const database = await createTestDatabase()
  const lifecycle = createLifecycle()
  try {
    const namesOf = async () => {
      const { rows } = await database.pool.query<{ datname: string }>(
        `SELECT datname FROM pg_database WHERE datname LIKE 'coupon\\_chaos\\_%'`,
      )
      return rows.map(({ datname }) => datname)
    }
    const bystander = new pg.Client({ connectionString: database.url, application_name: 'coupon' })
    await bystander.connect()
    const world = await open(database.url, lifecycle)
    assert.is(world.postgres, null)
    const name = new URL(world.databaseUrl).pathname.slice(1)
    assert.ok((await namesOf()).includes(name))
    assert.is(await world.foreign.terminateSessions(1), 0)
    await bystander.query('SELECT 1')
    await bystander.end()
    await lifecycle.close()
    assert.not((await namesOf()).includes(name))
  } finally {
    await lifecycle.close()
    await database.close()
  }
})

/** The pid of a process that has ended. */
function deadPid(): number {
  const { pid } = spawnSync(process.execPath, ['--version'])
  return pid
}

test('what a killed run has left in it is dropped by the next one; what is in use, or another process’s, is not', async () => {
  const database = await createTestDatabase()
  const lifecycle = createLifecycle()
  const names = {
    abandoned: `coupon_chaos_${deadPid()}_0123abcd`,
    used: `coupon_chaos_${deadPid()}_0123abce`,
    another: `coupon_chaos_${process.ppid}_0123abcf`,
    stranger: `coupon_chaos_${deadPid()}_shop`,
  }
  const url = new URL(database.url)
  url.pathname = `/${names.used}`
  const user = new pg.Client({ connectionString: url.href })
  try {
    for (const name of Object.values(names)) await database.pool.query(`CREATE DATABASE ${name}`)
    await user.connect()
    await open(database.url, lifecycle)
    const { rows } = await database.pool.query<{ datname: string }>(
      'SELECT datname FROM pg_database WHERE datname = ANY ($1::text[])',
      [Object.values(names)],
    )
    assert.equal(
      rows.map(({ datname }) => datname).sort(),
      [names.used, names.another, names.stranger].sort(),
    )
  } finally {
    await user.end()
    await lifecycle.close()
    for (const name of Object.values(names)) await database.pool.query(`DROP DATABASE IF EXISTS ${name}`)
    await database.close()
  }
})

test('the settings of killed runs are removed by the next one', async () => {
  const root = mkdtempSync(join(tmpdir(), 'coupon-test-'))
  const lifecycle = createLifecycle()
  try {
    const kept = [`coupon-chaos-${process.ppid}-abcDEF`, 'coupon-chaos-notes']
    for (const name of [...kept, `coupon-chaos-${deadPid()}-abcDEF`]) mkdirSync(join(root, name))
    const file = await writeSettings(lifecycle, root)
    assert.equal(readdirSync(root).sort(), [...kept, basename(dirname(file))].sort())
    await lifecycle.close()
    assert.equal(readdirSync(root).sort(), kept.sort())
  } finally {
    await lifecycle.close()
    rmSync(root, { recursive: true })
  }
})

test('one that is not on this machine, or no TCP address, is refused before anything is opened', async () => {
  for (const url of [
    'postgres://user:s3cret@db.example.com/coupon_db',
    'postgres:///coupon_db',
    'postgres://127.0.0.1/coupon_db?host=/var/run/postgresql',
    'no url with s3cret in it',
    'mysql://user:s3cret@127.0.0.1/coupon_db',
  ]) {
    const error = await open(url).then(
      () => assert.unreachable(url) as never,
      (reason: unknown) => reason,
    )
    assert.instance(error, AppError)
    assert.is((error as AppError).code, 'invalid')
    assert.match((error as AppError).message, 'of a Postgres on this machine')
    assert.not.match((error as AppError).message, 's3cret')
  }
})

test('of what a server writes, faults are kept and warnings of an outage are not', () => {
  const watch = createOutputWatch('server 1')
  const stack = 'Error: Connection terminated\\n    at Client._events (/app/pg/client.js:1:2)'
  for (const line of [
    'Listening on http://127.0.0.1:1 (strategy batch).',
    `{"level":40,"err":{"stack":"${stack}"},"msg":"an idle database connection broke"}`,
    'Stopping: finishing what is under way …',
  ])
    watch.hear(line)
  assert.equal(watch.faults(), [])
  const faulty = [
    'Unhandled promise rejection',
    '{"level":50,"err":{},"msg":"unexpected"}',
    "TypeError: Cannot read properties of undefined (reading 'x')",
    '    at run (/app/server.js:10:20)',
    '(node:7) MaxListenersExceededWarning: Possible memory leak',
    'Worker 12 ended (SIGSEGV); starting another in 100 ms.',
  ]
  for (const line of faulty) watch.hear(line)
  assert.equal(
    watch.faults().map((sentence) => sentence.split(': ').slice(1).join(': ')),
    faulty,
  )
  for (let lines = 0; lines < 100; lines += 1) watch.hear('Unhandled')
  assert.is(watch.faults().length, 21)
  assert.match(watch.faults().at(-1)!, '86 more')
})

test('the end of a worker that was killed is no fault, nor one that found no database in its place', () => {
  const watch = createOutputWatch('server 1')
  const heard = (line: string) => {
    const before = watch.faults().length
    watch.hear(line)
    return watch.faults().length > before
  }
  const killed = 'Worker 12 ended (SIGKILL); starting another in 100 ms.'
  const unreachable = 'Worker 13 ended (exit code 3); starting another in 200 ms.'
  const watching = watch.expectEnd(12)
  assert.equal(
    [killed, unreachable, 'Worker 13 ended (SIGKILL).', 'Worker 14 ended (exit code 1).'].map(heard),
    [false, false, true, true],
  )
  watching.end()
  assert.equal([killed, unreachable].map(heard), [true, true])
})

test.run()
