import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdtemp, open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../../errors.ts'
import type { Binaries } from './binaries.ts'
import { giveTo } from './ownership.ts'
import type { Place } from './place.ts'
import type { Runner } from './runner.ts'

/** A kept cluster is for good; a temporary one is its opener's and goes with it. */
export type Lifetime = 'kept' | 'temporary'

const makingPrefix = 'creating-'

export function hasCluster(place: Place): boolean {
  return existsSync(place.dataFolder)
}

/**
 * Creates the cluster (0.6 s). initdb works in a folder beside the final one, which gets its name when all
 * is done: a kill on the way leaves nothing that looks like a cluster. Called under the lock.
 * @throws AppError 'unreachable' with initdb's last words
 */
export async function createCluster(
  place: Place,
  runner: Runner,
  { binaries, lifetime }: { binaries: Binaries; lifetime: Lifetime },
): Promise<void> {
  await removeUnfinished(place)
  const making = await mkdtemp(join(place.folder, makingPrefix))
  const password = randomBytes(24).toString('base64url')
  // The server's user may not read our password file when it is another, so initdb gets a copy of its own.
  await writeFile(join(making, 'password'), password, { mode: 0o600 })
  if (runner.owner !== undefined) await giveTo(runner.owner, making)
  const { ok, output } = await runner.run(binaries.initdb, initdbArgs(making, lifetime), place.logFile)
  if (!ok) throw initdbFailed(place, output)
  await writeFile(place.passwordFile, password, { mode: 0o600, flush: true })
  // Root works in an ordinary user's folder as that user, who must be able to read the password later on.
  if (runner.owner !== undefined) await giveTo(await stat(place.folder), place.passwordFile)
  await rename(join(making, 'data'), place.dataFolder)
  await rm(making, { recursive: true, force: true })
  if (lifetime === 'kept') await syncFolder(place.folder)
}

/**
 * The built-in C.UTF-8 locale knows the letters of all scripts (for ILIKE and upper()) and is the same on
 * every machine. A temporary cluster skips initdb's own sync only: fsync stays on in its server.
 */
function initdbArgs(making: string, lifetime: Lifetime): string[] {
  return [
    `--pgdata=${join(making, 'data')}`,
    '--username=coupon',
    `--pwfile=${join(making, 'password')}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    ...(lifetime === 'temporary' ? ['--no-sync'] : []),
  ]
}

async function removeUnfinished(place: Place): Promise<void> {
  for (const name of await readdir(place.folder)) {
    if (name.startsWith(makingPrefix)) await rm(join(place.folder, name), { recursive: true, force: true })
  }
}

/** Makes the rename itself durable. Windows cannot open a folder, and needs no such thing. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  await handle.sync()
  await handle.close()
}

function initdbFailed(place: Place, output: string): AppError {
  return new AppError(
    'unreachable',
    `The embedded Postgres could not be created in ${place.folder}. initdb said:\n${output.trim()}\n` +
      'Mend that, or set DATABASE_URL to a Postgres of yours.',
  )
}
