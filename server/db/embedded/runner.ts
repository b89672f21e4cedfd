import { type SpawnOptions, spawn, spawnSync } from 'node:child_process'
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { parse } from 'node:path'
import { messageOf } from '../../errors.ts'

/** User and group that own the cluster's files and run its server. */
export interface Owner {
  readonly uid: number
  readonly gid: number
}

export interface Attempt {
  readonly ok: boolean
  /** What the command said, both streams together. */
  readonly output: string
}

/** Runs Postgres' programs in the one way that works for this user on this machine. */
export interface Runner {
  readonly way: 'plain' | 'unshare' | 'user'
  /** Who must own the cluster's files; undefined when it is just whoever we are. */
  readonly owner?: Owner
  /** Runs a command of a few milliseconds. */
  probe(command: string, args: readonly string[]): Attempt
  /** Runs a command whose words, and those of a server it leaves behind, are appended to the log file. */
  run(command: string, args: readonly string[], logFile: string): Promise<Attempt>
}

/**
 * As an ordinary user: plainly. Root, whom Postgres refuses, becomes another: either somebody without a name
 * in a user namespace of its own (`unshare`; the files and the pid stay what they are), or another `user`.
 */
export function createRunner(way: Runner['way'], owner?: Owner): Runner {
  const wrap = (command: string, args: readonly string[]): [string, string[]] =>
    way === 'unshare' ? ['unshare', ['--user', '--', command, ...args]] : [command, [...args]]
  const options = spawnOptions(way === 'user' ? owner : undefined)

  function probe(command: string, args: readonly string[]): Attempt {
    const { status, error, stdout, stderr } = spawnSync(...wrap(command, args), {
      ...options,
      encoding: 'utf8',
    })
    return { ok: status === 0, output: error === undefined ? `${stdout}${stderr}` : messageOf(error) }
  }

  async function run(command: string, args: readonly string[], logFile: string): Promise<Attempt> {
    const log = openSync(logFile, 'a', 0o600)
    const sizeBefore = fstatSync(log).size
    try {
      const ok = await succeeds(...wrap(command, args), { ...options, stdio: ['ignore', log, log] })
      return { ok, output: readFrom(logFile, sizeBefore) }
    } finally {
      closeSync(log)
    }
  }

  return { way, owner, probe, run }
}

/**
 * `detached` gives the command a session of its own, so that the terminal's Ctrl-C never reaches Postgres.
 * The environment is bare: our secrets have no business in a server's environment, nor the user's PG* in ours.
 * Windows needs its own environment (SystemRoot) and keeps it.
 */
function spawnOptions(user: Owner | undefined): SpawnOptions {
  return {
    cwd: parse(process.cwd()).root,
    detached: true,
    windowsHide: true,
    ...(process.platform === 'win32'
      ? {}
      : { env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' } }),
    // Node wants 32 bits with a sign here; the nobody of macOS is -2.
    ...(user === undefined ? {} : { uid: user.uid | 0, gid: user.gid | 0 }),
  }
}

function readFrom(file: string, offset: number): string {
  const handle = openSync(file, 'r')
  const bytes = Buffer.alloc(Math.max(0, fstatSync(handle).size - offset))
  const length = readSync(handle, bytes, 0, bytes.length, offset)
  closeSync(handle)
  return bytes.toString('utf8', 0, length)
}

/** Waits for the exit alone, never for the streams: a server left behind may hold them. */
function succeeds(command: string, args: string[], options: SpawnOptions): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, options)
    child.once('error', reject)
    child.once('exit', (code) => resolve(code === 0))
  })
}
