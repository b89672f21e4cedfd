import { Op } from 'sequelize'
import type { Sequelize } from 'sequelize-typescript'
import type { Passwords } from '../auth/passwords.ts'
import { lockUser, revokeTokens } from '../auth/sessions.ts'
import { RefreshToken } from '../db/models/refresh-token.ts'
import { User } from '../db/models/user.ts'
import { isUniqueViolation } from '../db/sqlstate.ts'
import { inTransaction } from '../db/transaction.ts'
import { AppError, type Fault } from '../errors.ts'
import { fullNameFault, passwordFault, type Role, usernameFault } from './rules.ts'

export interface UserDetail {
  readonly username: string
  readonly full_name: string
  readonly role: Role
  readonly created_at: Date
}

export interface NewUser {
  readonly username: string
  readonly password: string
  readonly fullName: string
  /** `user` when it is not said. */
  readonly role?: Role
}

export interface Users {
  /** Throws `AppError`: 'invalid' with each fault, 'username_taken', 'unreachable' when too many register. */
  register(wanted: NewUser): Promise<UserDetail>
  find(username: string): Promise<UserDetail | null>
  /** At most `limit` users in the order of their names, from after the given one. */
  list(options: { readonly after: string | null; readonly limit: number }): Promise<readonly UserDetail[]>
  /** A new role ends the access tokens that have the old one. Throws `AppError('user_not_found')`. */
  setRole(username: string, role: Role): Promise<UserDetail>
  /** Ends every access token and every sign-in of the user. Throws `AppError`: 'invalid', 'user_not_found'. */
  setPassword(username: string, password: string): Promise<void>
}

/** The users of one database, as plain objects. */
export function createUsers({ models, passwords }: { models: Sequelize; passwords: Passwords }): Users {
  const users = models.getRepository(User)
  const refreshTokens = models.getRepository(RefreshToken)

  async function existing(username: string): Promise<User> {
    const user = await users.findOne({ where: { username } })
    if (user !== null) return user
    throw new AppError('user_not_found', `There is no user ${JSON.stringify(username)}.`)
  }

  return {
    register: async ({ username, password, fullName, role = 'user' }) => {
      assertNew({
        username: usernameFault(username),
        password: passwordFault(password),
        full_name: fullNameFault(fullName),
      })
      // A name is taken even when its user was deleted: claims still carry it.
      if ((await users.count({ where: { username }, paranoid: false })) > 0) throw taken(username)
      const hash = await passwords.hash(password)
      try {
        return detail(await users.create({ username, password: hash, full_name: fullName, role }))
      } catch (error) {
        throw isUniqueViolation((error as { parent?: unknown }).parent) ? taken(username) : error
      }
    },

    find: async (username) => {
      const user = await users.findOne({ where: { username } })
      return user === null ? null : detail(user)
    },

    list: async ({ after, limit }) => {
      const where = after === null ? {} : { username: { [Op.gt]: after } }
      return (await users.findAll({ where, order: [['username', 'ASC']], limit })).map(detail)
    },

    setRole: async (username, role) => detail(await (await existing(username)).update({ role })),

    setPassword: async (username, password) => {
      assertNew({ password: passwordFault(password) })
      const { id } = await existing(username)
      const hash = await passwords.hash(password)
      await inTransaction(models, async (transaction) => {
        const user = await lockUser(users, id, transaction)
        await user?.update({ password: hash }, { transaction })
        await revokeTokens(refreshTokens, { user_id: id }, transaction)
      })
    },
  }
}

function detail({ username, full_name, role, created_at }: User): UserDetail {
  return { username, full_name, role, created_at }
}

function assertNew(found: Readonly<Record<string, string | null>>): void {
  const faults: Fault[] = Object.entries(found).flatMap(([key, value]) =>
    value === null ? [] : [{ key, value }],
  )
  if (faults.length === 0) return
  throw new AppError('invalid', `${faults.map(({ key, value }) => `${key} ${value}`).join('; ')}.`, {
    faults,
  })
}

function taken(username: string): AppError {
  return new AppError('username_taken', `The username ${username} is taken.`)
}
