import { lstat, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findLastingPort } from '../../free-port.ts'
import { controlServer, type PostgresControl } from './control.ts'
import {
  type EmbeddedPostgres,
  type EmbeddedPostgresInternals,
  openEmbeddedPostgres,
  stopEmbeddedPostgres,
} from './open.ts'
import { placeOf } from './place.ts'
import { isMarkAlive, processMark } from './process-mark.ts'

const prefix = 'coupon-'
/** mkdtemp adds six letters or digits. */
const folderName = /^coupon-[A-Za-z0-9]{6}$/
const ownerFileName = 'owner.pid'

export interface TemporaryPostgres extends EmbeddedPostgres {
  readonly control: PostgresControl
}

/**
 * A Postgres of our own in a new temp folder; close() stops it at once and removes the folder. What killed
 * processes left behind is removed first.
 * @throws AppError 'unreachable' as openEmbeddedPostgres does
 */
export async function openTemporaryPostgres(
  options: { announce?: (line: string) => void } = {},
  internals: EmbeddedPostgresInternals = {},
): Promise<TemporaryPostgres> {
  const root = await realpath(internals.tempFolder ?? tmpdir())
  await sweepAbandoned(root, internals)
  const folder = await mkdtemp(join(root, prefix))
  await writeFile(join(folder, ownerFileName), processMark, { mode: 0o600 })
  try {
    const port = await findLastingPort()
    const postgres = await openEmbeddedPostgres(
      { ...options, folder, lifetime: 'temporary', port },
      internals,
    )
    const control = controlServer(placeOf(folder), { port, internals })
    const close = () => {
      // Frozen, it would not hear that we leave.
      control.thaw()
      return postgres.close().finally(() => remove(folder))
    }
    return { ...postgres, control, close }
  } catch (error) {
    await discard(folder, internals)
    throw error
  }
}

/** Only folders of our own user are looked into: in another's, the pids could be anyone's. */
async function sweepAbandoned(root: string, internals: EmbeddedPostgresInternals): Promise<void> {
  for (const name of await readdir(root)) {
    const folder = join(root, name)
    if (folderName.test(name) && (await isAbandoned(folder))) await discard(folder, internals)
  }
}

async function isAbandoned(folder: string): Promise<boolean> {
  try {
    const entry = await lstat(folder)
    if (!entry.isDirectory() || entry.uid !== (process.getuid?.() ?? entry.uid)) return false
    const owner = await readFile(join(folder, ownerFileName), 'utf8')
    return owner !== '' && !isMarkAlive(owner)
  } catch {
    return false
  }
}

/** A server that will not stop keeps its folder; the next sweep tries again. */
async function discard(folder: string, internals: EmbeddedPostgresInternals): Promise<void> {
  const isStopped = await stopEmbeddedPostgres(placeOf(folder), 'temporary', internals).then(
    () => true,
    () => false,
  )
  if (isStopped) await remove(folder)
}

async function remove(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 5 })
}
