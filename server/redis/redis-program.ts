import { type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import { messageOf } from '../errors.ts'
import { findFreePort } from '../free-port.ts'
import { probeRedis, type RedisIdentity } from './probe.ts'

export interface RedisProgram {
  readonly origin: 'redis-server' | 'valkey-server'
  readonly file: string
}

export interface StartedRedis {
  readonly url: string
  readonly identity: RedisIdentity
  /** To its process; fine when that is gone. */
  signal(name: NodeJS.Signals): void
  /** Ends it, frozen or not, and resolves when it is gone, however it came to that. */
  close(): Promise<void>
}

/** Where a Redis of ours listens, and who may use it. */
export interface RedisAddress {
  readonly port: number
  readonly password: string
}

const origins = ['redis-server', 'valkey-server'] as const
const portTriesMax = 3
const startMsMax = 5_000

/**
 * The shell becomes the server (`exec`), so that our child is the server itself. Beside it stays a watcher
 * that reads from a pipe whose other end only we hold: it ends when we end, be it by kill -9, and takes the
 * server and its temp folder along. SIGKILL, since a frozen server would not hear of anything else; it keeps no data.
 */
const startScript = `
exec 3<&0
(while read -r _ <&3; do :; done; kill -9 "$$" 2>/dev/null; rm -rf -- "$2") >/dev/null 2>&1 &
exec "$1" "$2/redis.conf" 3<&- </dev/null`

/**
 * Looks for a program in the PATH; the shell does, so that the environment is read by it and not by us.
 * None is found on Windows, where neither program exists.
 */
export function findRedisProgram(path?: string): RedisProgram | undefined {
  if (process.platform === 'win32') return undefined
  const env = path === undefined ? {} : { env: { PATH: path } }
  for (const origin of origins) {
    const { stdout } = spawnSync('/bin/sh', ['-c', `command -v ${origin}`], { ...env, encoding: 'utf8' })
    const file = stdout?.trim() ?? ''
    if (file.startsWith('/')) return { origin, file }
  }
  return undefined
}

/**
 * Starts the program at that address, or on a free loopback port with a password of its own; without persistence.
 * @throws Error with what it said when it does not come up
 */
export async function startRedisProgram(file: string, address?: RedisAddress): Promise<StartedRedis> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await startAt(file, address ?? { port: await findFreePort(), password: newPassword() })
    } catch (error) {
      if (tries >= portTriesMax || !messageOf(error).includes('in use')) throw error
    }
  }
}

type ServerProcess = ChildProcessByStdio<Writable, Readable, null>

export function newPassword(): string {
  return randomBytes(24).toString('base64url')
}

async function startAt(file: string, { port, password }: RedisAddress): Promise<StartedRedis> {
  const folder = await mkdtemp(join(tmpdir(), 'coupon-redis-'))
  await writeFile(join(folder, 'redis.conf'), configText({ folder, port, password }), { mode: 0o600 })
  const server = spawnServer(file, folder)
  const close = () => endServer(server, folder)
  const url = `redis://:${password}@127.0.0.1:${port}`
  try {
    const identity = await untilUp(server, url)
    return { url, identity, signal: (name) => server.kill(name), close: onceOnly(close) }
  } catch (error) {
    await close()
    throw error
  }
}

/** `detached` gives it a session of its own: the terminal's Ctrl-C must not end it before we are done. */
function spawnServer(file: string, folder: string): ServerProcess {
  const server = spawn('/bin/sh', ['-c', startScript, 'sh', file, folder], {
    cwd: folder,
    detached: true,
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  server.on('error', () => {})
  server.stdin.on('error', () => {})
  return server
}

/** The password goes by a file: a command line can be read by everyone. */
function configText({ folder, port, password }: { folder: string; port: number; password: string }): string {
  return [
    'bind 127.0.0.1',
    `port ${port}`,
    `requirepass ${password}`,
    'save ""',
    'appendonly no',
    'daemonize no',
    `dir "${folder}"`,
    '',
  ].join('\n')
}

/** Only our server knows our password, so that an answer cannot come from another on the same port. */
async function untilUp(server: ServerProcess, url: string): Promise<RedisIdentity> {
  let said = ''
  server.stdout.on('data', (chunk: Buffer) => {
    said = `${said}${chunk}`.slice(-2_000)
  })
  for (const giveUpMs = Date.now() + startMsMax; ; await pause(20)) {
    try {
      return await probeRedis(url, 1_000)
    } catch (error) {
      if (server.exitCode !== null) throw new Error(`it ended at once, saying: ${said.trim()}`)
      if (Date.now() > giveUpMs) throw new Error(`it does not answer: ${messageOf(error)}`)
    }
  }
}

async function endServer(server: ServerProcess, folder: string): Promise<void> {
  if (server.pid !== undefined && server.exitCode === null && server.signalCode === null) {
    const exited = once(server, 'exit')
    server.kill('SIGTERM')
    // One that is frozen hears it when it goes on.
    if (process.platform !== 'win32') server.kill('SIGCONT')
    await exited
  }
  server.stdin.destroy()
  server.stdout.destroy()
  await rm(folder, { recursive: true, force: true })
}

function onceOnly(close: () => Promise<void>): () => Promise<void> {
  let closing: Promise<void> | undefined
  return () => {
    closing ??= close()
    return closing
  }
}
