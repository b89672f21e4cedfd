import {
  assertSchema,
  type Config,
  type ConfigFlags,
  connectPool,
  createLifecycle,
  loadConfig,
  openUsers,
  provideDatabase,
  type Users,
} from '../../server/index.ts'
import type { CommandContext } from '../command.ts'

export interface UsersAt {
  readonly users: Users
  readonly config: Config
  /** The database, for a person. */
  readonly description: string
}

/** Does the work with the users of the configured database, or of the embedded one; closes what it opened. */
export async function withUsers<T>(
  flags: ConfigFlags,
  { ui }: CommandContext,
  work: (at: UsersAt) => Promise<T>,
): Promise<T> {
  const config = loadConfig({ flags: { config: flags.config } })
  const lifecycle = createLifecycle()
  try {
    const database = await provideDatabase(config, { announce: ui.note })
    lifecycle.push('the database', () => database.close())
    const pool = connectPool(database.url, { max: 1 })
    await assertSchema(pool).finally(() => pool.end())
    const { users, close } = openUsers(database.url)
    lifecycle.push('the users', close)
    return await work({ users, config, description: database.description })
  } finally {
    await lifecycle.close()
  }
}
