import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Lifecycle } from '../../../../server/public/basics.ts'

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

/** Writes the configuration that all servers of a world share; returns its path. */
export async function writeSettings(lifecycle: Lifecycle): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'coupon-chaos-'))
  lifecycle.push('the folder of the settings', () => rm(folder, { recursive: true, force: true }))
  const file = join(folder, 'env.json')
  await writeFile(file, JSON.stringify(settings))
  return file
}
