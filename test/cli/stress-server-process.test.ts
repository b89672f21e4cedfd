import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  type ServerProcess,
  type ServerProcessOptions,
  startServerProcess,
} from '../../cli/commands/targets/server-process.ts'
import { isPidAlive } from '../../server/db/embedded/process-mark.ts'
import type { AppError } from '../../server/index.ts'
import { until } from '../support/until.ts'

const test = suite<{ folder: string; servers: ServerProcess[] }>('stress: server process')

test.before.each((context) => {
  context.folder = mkdtempSync(join(tmpdir(), 'coupon-test-'))
  context.servers = []
})

test.after.each(async ({ folder, servers }) => {
  for (const server of servers) await server.stop()
  rmSync(folder, { recursive: true })
})

/** Starts a program of the given text in place of `coupon serve`. */
function start(
  context: { folder: string; servers: ServerProcess[] },
  text: string,
  announce = (_line: string) => {},
  more: Partial<ServerProcessOptions> = {},
) {
  const program = join(context.folder, 'program.mjs')
  writeFileSync(program, text)
  const server = startServerProcess({
    strategy: 'lock',
    databaseUrl: 'postgres://here',
    redisUrl: null,
    secret: 'its secret',
    ...more,
    announce,
    program,
    environment: { PATH: process.env.PATH },
  })
  context.servers.push(server)
  return server
}

const failureOf = (work: Promise<unknown>) =>
  work.then(
    () => assert.unreachable() as never,
    (error: AppError) => error,
  )

test('it is told its strategy, database and that there is no file, and says where it listens', async (context) => {
  const server = start(
    context,
    `const { DATABASE_URL, REDIS_URL, LOG_LEVEL, JWT_SECRET } = process.env
     process.send({ type: 'listening', url: [...process.argv.slice(2), DATABASE_URL, REDIS_URL, LOG_LEVEL, JWT_SECRET].join(' ') })
     process.on('SIGTERM', () => process.exit(0))`,
  )
  assert.is(
    await server.listening,
    'serve --config none --host 127.0.0.1 --port 0 --auth token --strategy lock postgres://here  warn its secret',
  )
})

test('a failure it reports is ours, with its last words', async (context) => {
  const server = start(
    context,
    `process.stderr.write('the port is taken\\n', () => process.send({ type: 'failed', message: 'No.', exitCode: 3 }))
     process.on('SIGTERM', () => process.exit(3))`,
  )
  const error = await failureOf(server.listening)
  assert.is(error.code, 'unreachable')
  assert.match(error.message, 'did not start: No.')
})

test('a process that ends before it listens is a failure with its last words', async (context) => {
  const error = await failureOf(start(context, `console.error('boom'); process.exitCode = 7`).listening)
  assert.match(error.message, 'its process ended (exit code 7). Its last words:\nboom')
})

test('a process that ends during the run is announced', async (context) => {
  const announced = new Promise<string>((resolve) => {
    start(
      context,
      `process.send({ type: 'listening', url: 'u' }, () => { console.error('boom'); process.exit(9) })`,
      resolve,
    )
  })
  assert.is(await announced, 'The server process ended (exit code 9). Its last words:\nboom')
})

test('stopping waits for the end and announces nothing', async (context) => {
  const lines: string[] = []
  const server = start(
    context,
    `setInterval(() => {}, 1000)
     process.on('SIGTERM', () => process.exit(0))
     process.send({ type: 'listening', url: 'u' })`,
    (line) => lines.push(line),
  )
  await server.listening
  const { exitCode, signal } = await server.stop()
  assert.equal([exitCode, signal], [0, null])
  await server.stop()
  assert.equal(lines, [])
})

test('it can be given workers, a port and a file, and each line it writes is heard', async (context) => {
  const lines: string[] = []
  const server = start(
    context,
    `process.stdout.write('one\\ntw'); process.stderr.write('three\\n'); setTimeout(() => process.stdout.write('o\\n'), 20)
     process.send({ type: 'listening', url: process.argv.slice(2).join(' ') })
     process.on('SIGTERM', () => process.exit(0))`,
    () => {},
    { workers: 3, port: 4321, configFile: 'its.json', onLine: (line) => lines.push(line) },
  )
  assert.is(
    await server.listening,
    'serve --config its.json --host 127.0.0.1 --port 4321 --auth token --strategy lock --workers 3',
  )
  await until('all is heard', () => lines.length === 3)
  assert.equal(lines.sort(), ['one', 'three', 'two'])
})

test('killing takes along what it has started, and announces nothing', async (context) => {
  const lines: string[] = []
  const server = start(
    context,
    `import { spawn } from 'node:child_process'
     const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' })
     process.on('SIGTERM', () => {})
     process.send({ type: 'listening', url: String(child.pid) })`,
    (line) => lines.push(line),
  )
  const pid = Number(await server.listening)
  const { exitCode, signal } = await server.kill()
  assert.equal([exitCode, signal], [null, 'SIGKILL'])
  await until('its child is gone', () => !isPidAlive(pid))
  assert.equal(lines, [])
})

test('a restart of its workers is over when it says so, and failed when it ends', async (context) => {
  const server = start(
    context,
    `let times = 0
     setInterval(() => {}, 1000)
     process.on('SIGHUP', () => {
       times += 1
       if (times === 3) process.exit(1)
       process.send({ type: 'restarted', isDone: times === 2 })
     })
     process.send({ type: 'listening', url: 'u' })`,
  )
  await server.listening
  const told = [await server.restartWorkers(), await server.restartWorkers(), await server.restartWorkers()]
  assert.equal(told, [false, true, false])
})

test.run()
