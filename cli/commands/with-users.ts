import type { ConfigFlags } from '../../server/public/basics.ts'
import type { Users } from '../../server/public/models.ts'
import type { CommandContext } from '../command.ts'
import { type DatabaseAt, withDatabase } from './with-database.ts'

export interface UsersAt extends DatabaseAt {
  readonly users: Users
}

/** Does the work with the users of the database. Sequelize is loaded when all else is found to be right. */
export async function withUsers<T>(
  flags: ConfigFlags,
  context: CommandContext,
  work: (at: UsersAt) => Promise<T>,
): Promise<T> {
  return withDatabase(flags, context, async (at) => {
    const { openUsers } = await import('../../server/public/models.ts')
    const { users, close } = openUsers(at.url)
    return work({ ...at, users }).finally(close)
  })
}
