import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { Op, Transaction } from 'sequelize'
import type { Repository, Sequelize } from 'sequelize-typescript'
import { RefreshToken } from '../db/models/refresh-token.ts'
import { User } from '../db/models/user.ts'
import { inTransaction } from '../db/transaction.ts'
import type { Passwords } from './passwords.ts'
import type { Tokens } from './tokens.ts'

/** What a login or a refresh hands out. */
export interface SignedIn {
  readonly accessToken: string
  readonly refreshToken: string
  readonly expiresInS: number
}

export interface Sessions {
  /** Null for an unknown user and for a wrong password, after the same work. */
  login(username: string, password: string): Promise<SignedIn | null>
  /**
   * Exchanges a refresh token for its successor. Null when it is unknown, expired, revoked, or was exchanged
   * before; in the last case it is in two hands, so its whole family is revoked.
   */
  refresh(refreshToken: string): Promise<SignedIn | null>
  /** Revokes the token's family; one that is not known is nobody's. */
  logout(refreshToken: string): Promise<void>
  /** Deletes at most `limit` expired tokens, of whatever user; returns how many. */
  purgeExpired(limit?: number): Promise<number>
}

export interface SessionParts {
  readonly models: Sequelize
  readonly passwords: Passwords
  readonly tokens: Tokens
  readonly accessTokenMs: number
  readonly refreshTokenMs: number
}

const purgeLimit = 1_000

/**
 * Sign-ins as families of refresh tokens. Whoever adds to a user's families or revokes them locks the user's row
 * first: so a token that is being exchanged cannot slip past a revocation that goes on beside it.
 */
export function createSessions(parts: SessionParts): Sessions {
  const { models, passwords, tokens } = parts
  const users = models.getRepository(User)
  const refreshTokens = models.getRepository(RefreshToken)

  async function handOut(user: User, family: string, transaction: Transaction): Promise<SignedIn> {
    const refreshToken = randomBytes(32).toString('base64url')
    const expires_at = new Date(Date.now() + parts.refreshTokenMs)
    const row = { user_id: user.id, family, token_hash: hashOf(refreshToken), expires_at }
    await refreshTokens.create(row, { transaction })
    const issuedFromS = Math.ceil((user.tokens_valid_from?.getTime() ?? 0) / 1000)
    const identity = { username: user.username, role: user.role }
    const accessToken = tokens.sign(identity, parts.accessTokenMs, issuedFromS)
    return { accessToken, refreshToken, expiresInS: Math.floor(parts.accessTokenMs / 1000) }
  }

  const find = (refreshToken: string) =>
    refreshTokens.findOne({ where: { token_hash: hashOf(refreshToken) } })

  return {
    login: async (username, password) => {
      const found = await users.findOne({ where: { username } })
      if (!(await passwords.matches(password, found?.password ?? null)) || found === null) return null
      return inTransaction(models, async (transaction) => {
        const user = await lockUser(users, found.id, transaction)
        // A password that was changed meanwhile has revoked all sign-ins, and must not miss this one.
        if (user === null || user.password !== found.password) return null
        return handOut(user, randomUUID(), transaction)
      })
    },

    refresh: async (refreshToken) => {
      const found = await find(refreshToken)
      if (found === null) return null
      return inTransaction(models, async (transaction) => {
        const user = await lockUser(users, found.user_id, transaction)
        const token = await refreshTokens.findByPk(found.id, { transaction })
        if (user === null || token === null) return null
        if (token.used_at !== null) await revokeTokens(refreshTokens, { family: token.family }, transaction)
        if (token.used_at !== null || token.revoked_at !== null || token.expires_at.getTime() <= Date.now())
          return null
        await token.update({ used_at: new Date() }, { transaction })
        return handOut(user, token.family, transaction)
      })
    },

    logout: async (refreshToken) => {
      const found = await find(refreshToken)
      if (found === null) return
      await inTransaction(models, async (transaction) => {
        await lockUser(users, found.user_id, transaction)
        await revokeTokens(refreshTokens, { family: found.family }, transaction)
      })
    },

    purgeExpired: (limit = purgeLimit) =>
      refreshTokens.destroy({ where: { expires_at: { [Op.lte]: new Date() } }, limit }),
  }
}

function hashOf(refreshToken: string): Buffer {
  return createHash('sha256').update(refreshToken).digest()
}

/** The user's row, locked until the transaction ends; claims, whose foreign key shares the row, go on beside it. */
export function lockUser(
  users: Repository<User>,
  id: string,
  transaction: Transaction,
): Promise<User | null> {
  return users.findOne({ where: { id }, transaction, lock: Transaction.LOCK.NO_KEY_UPDATE })
}

export async function revokeTokens(
  refreshTokens: Repository<RefreshToken>,
  which: { readonly family: string } | { readonly user_id: string },
  transaction: Transaction,
): Promise<void> {
  const where = { ...which, revoked_at: null }
  await refreshTokens.update({ revoked_at: new Date() }, { where, transaction })
}
