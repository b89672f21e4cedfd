import { type Config, type ConfigFlags, createLifecycle, loadConfig } from '../../server/public/basics.ts'
import { assertSchema, connectPool, type Pool, provideDatabase } from '../../server/public/database.ts'
import type { CommandContext } from '../command.ts'

export interface DatabaseAt {
  readonly config: Config
  readonly url: string
  /** One connection. */
  readonly pool: Pool
  /** The database, for a person. */
  readonly description: string
}

/** Nobody waits for a command but its caller: a large list may take its time. */
export const timeoutMs = 120_000

/** Does the work on the configured database, or the embedded one, once its schema fits; closes what it opened. */
export async function withDatabase<T>(
  flags: ConfigFlags,
  { ui }: CommandContext,
  work: (at: DatabaseAt) => Promise<T>,
): Promise<T> {
  const config = loadConfig({ flags: { config: flags.config } })
  const lifecycle = createLifecycle()
  try {
    const { url, description, close } = await provideDatabase(config, { announce: ui.note })
    lifecycle.push('the database', close)
    const pool = connectPool(url, { max: 1, timeoutMs })
    lifecycle.push('the connection', () => pool.end())
    await assertSchema(pool)
    return await work({ config, url, pool, description })
  } finally {
    await lifecycle.close()
  }
}
