import type { Sequelize } from 'sequelize-typescript'
import { createLimits, type Limits } from './auth/limits.ts'
import { createPasswords } from './auth/passwords.ts'
import { createRevocationSource } from './auth/revocation-source.ts'
import { createRevocations, type Revocations, updateEveryMs } from './auth/revocations.ts'
import { createSessions, type Sessions } from './auth/sessions.ts'
import { createTokens, type Tokens } from './auth/tokens.ts'
import type { Chore } from './chores.ts'
import type { Config } from './config.ts'
import type { Pool } from './db/connect.ts'
import { AppError } from './errors.ts'
import type { Lifecycle } from './lifecycle.ts'
import type { Meters } from './metrics/meters.ts'
import { connectRedis } from './redis/connect.ts'
import { createUsers, type Users } from './users/users.ts'

/** Who asks, and who may sign in. */
export interface Accounts {
  readonly verify: Tokens['verify']
  readonly users: Users
  readonly sessions: Sessions
  readonly limits: Limits
  readonly chores: readonly Chore[]
}

export interface AccountOptions {
  readonly config: Config
  /** What access tokens are signed with, when the configuration holds none. */
  readonly secret?: string | undefined
  readonly redisUrl: string | null
}

export interface AccountParts {
  readonly models: Sequelize
  /** Not that of the claims: a storm of them must not keep a new password from being noticed. */
  readonly probe: Pool
  readonly meters: Meters
  readonly lifecycle: Lifecycle
}

/** Resolves when it is known whose tokens have been ended, so that none of them is taken meanwhile. */
export async function openAccounts(options: AccountOptions, parts: AccountParts): Promise<Accounts> {
  const { models, meters, probe } = parts
  const { watch } = meters
  const { accessTokenMs, refreshTokenMs } = options.config.auth
  const revocations = createRevocations({ read: createRevocationSource(probe), watch })
  await revocations.update()
  const secret = secretOf(options)
  const tokens = createTokens({ secret, validFromS: revocations.validFromS, watch })
  const passwords = createPasswords({ watch })
  const sessions = createSessions({ models, passwords, tokens, accessTokenMs, refreshTokenMs })
  return {
    verify: tokens.verify,
    users: createUsers({ models, passwords }),
    sessions,
    limits: openLimits(options, parts),
    chores: choresOf(revocations, sessions),
  }
}

/** Refresh tokens that have expired are looked for this often. */
const purgeEveryMs = 60_000

function choresOf(revocations: Revocations, sessions: Sessions): Chore[] {
  return [
    { name: 'learn whose tokens were ended', everyMs: updateEveryMs, run: () => revocations.update() },
    { name: 'purge refresh tokens', everyMs: purgeEveryMs, run: () => sessions.purgeExpired() },
  ]
}

function secretOf({ config, secret: given }: AccountOptions): string {
  const secret = config.auth.secret ?? given
  if (secret !== undefined) return secret
  throw new AppError('config', 'A server needs a secret to sign access tokens with: set JWT_SECRET.')
}

/** A Redis that does not answer this fast is left out: each process then counts for itself. */
const limitsTimeoutMs = 500

function openLimits({ config, redisUrl }: AccountOptions, { meters, lifecycle }: AccountParts): Limits {
  const url = redisUrl ?? config.redis.url
  const redis = url === null ? null : connectRedis(url, limitsTimeoutMs)
  if (redis !== null) lifecycle.push('the connection of the limits', () => redis.disconnect())
  return createLimits({ rates: config.rateLimit, redis, watch: meters.watch })
}
