import { existsSync } from 'node:fs'
import { realpath } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { AppError } from '../../errors.ts'
import { type BinariesOptions, prepareBinaries } from './binaries.ts'
import { chooseRunner, type RootWay, runnerOfServer } from './choose-runner.ts'
import { createCluster, hasCluster, type Lifetime } from './cluster.ts'
import { withFileLock } from './file-lock.ts'
import { thawServer } from './freeze.ts'
import { type Place, placeOf, preparePlace, urlOf } from './place.ts'
import { inspectPostmaster } from './postmaster.ts'
import { answers, type Seat, takeSeat } from './seat.ts'
import { settledPostmaster, startServer, stopServer, type Tools } from './start-stop.ts'

export interface EmbeddedPostgres {
  /** Of the database coupon_db; holds the password. */
  readonly url: string
  /** Whether this call created the cluster. */
  readonly isNew: boolean
  /** Stops the server unless others still use it (a temporary one: always). Closing again is fine. */
  close(): Promise<void>
}

export interface EmbeddedPostgresOptions {
  /** Absolute path; made if it is not there. */
  readonly folder: string
  readonly lifetime: Lifetime
  /** The port of a server that is started; any free one by default. */
  readonly port?: number
  /** Told, in a line for a person, what is being done. */
  readonly announce?: (line: string) => void
}

/** For tests: how root runs Postgres, and which programs. */
export interface EmbeddedPostgresInternals extends BinariesOptions {
  readonly rootWay?: RootWay
}

/** How long an opener goes on when the server it found goes away before it is in. */
const enterMsMax = 30_000

/**
 * A real Postgres server out of npm's packages, its data in the folder; created (0.7 s) and started (0.1 s)
 * as needed, used when it runs already. The last one to close it stops it, whoever started it.
 * @throws AppError 'unreachable' when it cannot be had here, with the reason and what to do
 */
export async function openEmbeddedPostgres(
  options: EmbeddedPostgresOptions,
  internals: EmbeddedPostgresInternals = {},
): Promise<EmbeddedPostgres> {
  const place = await preparePlace(options.folder)
  const { url, isNew, seat } = await withFileLock(place.lockFile, () => enter(place, options, internals))
  let closing: Promise<void> | undefined
  return {
    url,
    isNew,
    close: () => {
      closing ??= leave(place, seat, { lifetime: options.lifetime, internals })
      return closing
    },
  }
}

/** The url of the server that runs in the folder, null when none does. */
export async function findRunningEmbeddedPostgres(folder: string): Promise<string | null> {
  if (!existsSync(folder)) return null
  const place = placeOf(await realpath(folder))
  const postmaster = inspectPostmaster(place.dataFolder)
  if (postmaster.state !== 'ready') return null
  const url = await urlOf(place, postmaster.port)
  return (await answers(url)) ? url : null
}

interface Entered {
  readonly url: string
  readonly isNew: boolean
  readonly seat: Seat
}

/** Under the lock nobody of ours stops the server meanwhile, but it may be killed or be ending by itself. */
async function enter(
  place: Place,
  options: EmbeddedPostgresOptions,
  internals: EmbeddedPostgresInternals,
): Promise<Entered> {
  const isNew = !hasCluster(place)
  for (const giveUpMs = Date.now() + enterMsMax; Date.now() < giveUpMs; await pause(100)) {
    const url = await urlOf(place, await reachServer(place, options, internals))
    const seat = await takeSeat(url)
    if (seat !== null) return { url, isNew, seat }
  }
  throw new AppError(
    'unreachable',
    `The embedded Postgres in ${place.folder} runs but does not let us in; its log is ${place.logFile}. ` +
      'Stop it and try again, or set DATABASE_URL.',
  )
}

/** Finds the server or starts it; the cluster is created before its first start. Returns the port. */
async function reachServer(
  place: Place,
  { lifetime, port: fixedPort, announce = () => {} }: EmbeddedPostgresOptions,
  internals: EmbeddedPostgresInternals,
): Promise<number> {
  const postmaster = await settledPostmaster(place)
  if (postmaster.state === 'ready') {
    announce(`Using the Postgres that runs already on 127.0.0.1:${postmaster.port} for ${place.folder}.`)
    return postmaster.port
  }
  const runner = chooseRunner(place.folder, internals.rootWay)
  const binaries = await prepareBinaries(runner, internals)
  if (!hasCluster(place)) {
    announce(`Creating a ${lifetime === 'temporary' ? 'temporary ' : ''}Postgres in ${place.folder}.`)
    await createCluster(place, runner, { binaries, lifetime })
  }
  const port = await startServer(place, { runner, binaries }, fixedPort)
  announce(`Postgres listens on 127.0.0.1:${port}; its data is in ${place.folder}.`)
  return port
}

interface LeaveOptions {
  readonly lifetime: Lifetime
  readonly internals: EmbeddedPostgresInternals
}

/** A folder that is gone took the lock with it; its server notices by itself within a minute. */
async function leave(place: Place, seat: Seat, { lifetime, internals }: LeaveOptions): Promise<void> {
  if (!existsSync(place.dataFolder)) return seat.end()
  await withFileLock(place.lockFile, async () => {
    if ((await seat.leave()) || lifetime === 'temporary')
      await stopEmbeddedPostgres(place, lifetime, internals)
  }).finally(() => seat.end())
}

/** Stops the server of a folder, whoever uses it, frozen or not. Called under the lock, or when nobody else can. */
export async function stopEmbeddedPostgres(
  place: Place,
  lifetime: Lifetime,
  internals: EmbeddedPostgresInternals,
): Promise<void> {
  if (inspectPostmaster(place.dataFolder).state === 'absent') return
  const tools = await toolsOf(place, internals)
  thawServer(place.dataFolder)
  await stopServer(place, tools, lifetime === 'temporary' ? 'immediate' : 'fast')
}

/** What the server of a folder is run with, once it was started there. */
export async function toolsOf(place: Place, internals: EmbeddedPostgresInternals): Promise<Tools> {
  const runner = runnerOfServer(place.dataFolder)
  return { runner, binaries: await prepareBinaries(runner, internals) }
}
