import { appendFile, rm, stat, truncate } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { AppError } from '../../errors.ts'
import { findFreePort } from '../../free-port.ts'
import type { Binaries } from './binaries.ts'
import { giveTo } from './ownership.ts'
import type { Place } from './place.ts'
import { inspectPostmaster, type Postmaster, pidFileOf } from './postmaster.ts'
import type { Runner } from './runner.ts'

const portTriesMax = 5
/** The backends of a killed server notice within moments, but one that computes only when it is done. */
const orphansMsMax = 10_000
const orphansPollMs = 200
const waitSecondsMax = 60
/** Months of what Postgres says of itself. */
const logBytesMax = 10 * 1024 * 1024
const pollMs = 50

/** How a server is run. */
export interface Tools {
  readonly runner: Runner
  readonly binaries: Binaries
}

/**
 * Starts the server of a folder in which none runs (0.1 s) and waits until it accepts connections. Called
 * under the lock.
 * @param fixedPort the port it must have; any free one by default
 * @returns its port
 * @throws AppError 'unreachable' with the end of the log
 */
export async function startServer(
  place: Place,
  { runner, binaries }: Tools,
  fixedPort?: number,
): Promise<number> {
  await clearTheWay(place, runner)
  await boundLog(place)
  const giveUpMs = Date.now() + orphansMsMax
  for (let tries = 1; ; ) {
    const port = fixedPort ?? (await findFreePort())
    const { ok, output } = await runner.run(binaries.pgCtl, startArgs(place, port), place.logFile)
    if (ok) return port
    if (output.includes('could not bind') && tries < portTriesMax) tries += 1
    else if (isStillHeld(output) && Date.now() < giveUpMs) await pause(orphansPollMs)
    else throw failed(place, 'started', output)
  }
}

/** `fast` ends its sessions and writes all out; `immediate` is for data that is thrown away anyway. */
export type StopMode = 'fast' | 'immediate'

/** Stops the server and waits for its end; fine when none runs. */
export async function stopServer(place: Place, { runner, binaries }: Tools, mode: StopMode): Promise<void> {
  if (inspectPostmaster(place.dataFolder).state === 'absent') return
  const args = ['stop', '-s', '-w', '-t', String(waitSecondsMax), '-m', mode, '-D', place.dataFolder]
  const { ok, output } = await runner.run(binaries.pgCtl, args, place.logFile)
  if (!ok && inspectPostmaster(place.dataFolder).state !== 'absent') throw failed(place, 'stopped', output)
}

/**
 * Waits while a server starts or stops: whoever began it may have been killed since.
 * @throws AppError 'unreachable' when it takes longer than a minute
 */
export async function settledPostmaster(place: Place): Promise<Postmaster> {
  const giveUpMs = Date.now() + waitSecondsMax * 1000
  for (;;) {
    const postmaster = inspectPostmaster(place.dataFolder)
    if (postmaster.state !== 'changing') return postmaster
    if (Date.now() > giveUpMs) {
      throw failed(place, 'awaited', `It has been starting or stopping as process ${postmaster.pid}.`)
    }
    await pause(pollMs)
  }
}

/**
 * Postgres itself deals with the pid file of a dead server, but takes the pid for a server when another
 * program (or a zombie) has it. Should we be wrong, its shared memory still keeps a second server out.
 */
async function clearTheWay(place: Place, runner: Runner): Promise<void> {
  const postmaster = inspectPostmaster(place.dataFolder)
  if (postmaster.state === 'absent' && postmaster.squatter !== undefined) {
    await rm(pidFileOf(place.dataFolder), { force: true })
  }
  if (runner.owner === undefined) return
  await giveTo(runner.owner, place.dataFolder)
  await appendFile(place.logFile, '')
  await giveTo(runner.owner, place.logFile)
}

/** Nobody else rotates it. No server is writing now, so an old log can begin anew. */
async function boundLog({ logFile }: Place): Promise<void> {
  const size = await stat(logFile).then(
    (entry) => entry.size,
    () => 0,
  )
  if (size > logBytesMax) await truncate(logFile)
}

/** `fsync` and `synchronous_commit` are left on: a claim is told after it is on disk, also in what a storm measures. */
function startArgs(place: Place, port: number): string[] {
  const settings = [
    'listen_addresses=127.0.0.1',
    `port=${port}`,
    'unix_socket_directories=',
    'max_connections=200',
    'log_checkpoints=off',
  ]
  const options = settings.map((setting) => `-c ${setting}`).join(' ')
  const wait = ['-s', '-w', '-t', String(waitSecondsMax)]
  return ['start', ...wait, '-D', place.dataFolder, '-l', place.logFile, '-o', options]
}

/** What Postgres says while the backends of a killed server are still about. */
function isStillHeld(output: string): boolean {
  return output.includes('pre-existing shared memory block') || output.includes('already exists')
}

function failed(place: Place, what: string, output: string): AppError {
  const lastLines = output.trim().split('\n').slice(-12).join('\n')
  return new AppError(
    'unreachable',
    `The embedded Postgres in ${place.folder} could not be ${what}. The end of its log (${place.logFile}):\n` +
      `${lastLines}\nMend that, or set DATABASE_URL to a Postgres of yours.`,
  )
}
