import { createPasswords } from '../auth/passwords.ts'
import { openModels } from '../db/models/open.ts'
import { createUsers, type Users } from './users.ts'

/** The users of a database, for who runs no server. */
export function openUsers(databaseUrl: string): { users: Users; close(): Promise<void> } {
  const models = openModels(databaseUrl, { max: 1, timeoutMs: 10_000 })
  return { users: createUsers({ models, passwords: createPasswords() }), close: () => models.close() }
}
