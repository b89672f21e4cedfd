import { lstat, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isPidAlive, type Lifecycle } from '../../../../server/public/basics.ts'

/** Short enough for a fault to outlast them in seconds. */
export const chaosTimes = { contextTimeoutMs: 2_000, lockExpiryMs: 1_000 } as const

/** What no variable sets; the pools are small, since every process has its own and Postgres takes 100 sessions. */
const settings = {
  env: {
    context: { timeout: `${chaosTimes.contextTimeoutMs}ms` },
    database: { pool_size: 5 },
    claim: { lock: { expiry: `${chaosTimes.lockExpiryMs}ms`, delay: '50ms', tries: 10 } },
  },
} as const

/** With the pid of its run; mkdtemp adds six letters or digits. */
const folderName = /^coupon-chaos-(\d+)-[A-Za-z0-9]{6}$/

/**
 * Writes the configuration that all servers of a world share; returns its path. What runs that were killed have left behind is
 * removed.
 */
export async function writeSettings(lifecycle: Lifecycle, root = tmpdir()): Promise<string> {
  await sweepAbandoned(root)
  const folder = await mkdtemp(join(root, `coupon-chaos-${process.pid}-`))
  lifecycle.push('the folder of the settings', () => rm(folder, { recursive: true, force: true }))
  const file = join(folder, 'env.json')
  await writeFile(file, JSON.stringify(settings))
  return file
}

/** In a folder that all users share, only our own are removed. */
async function sweepAbandoned(root: string): Promise<void> {
  for (const name of await readdir(root)) {
    const pid = Number(folderName.exec(name)?.[1] ?? process.pid)
    if (isPidAlive(pid)) continue
    const folder = join(root, name)
    const entry = await lstat(folder).catch(() => null)
    if (entry?.isDirectory() && entry.uid === (process.getuid?.() ?? entry.uid))
      await rm(folder, { recursive: true, force: true })
  }
}
