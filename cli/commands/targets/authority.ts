import { setImmediate as nextTurn } from 'node:timers/promises'
import { AppError, type Config, findSecret, passwordOfEnvironment } from '../../../server/public/basics.ts'
import { createTokens, type Tokens } from '../../../server/public/tokens.ts'
import { usernameOf } from '../../stress/usernames.ts'
import { type CouponApi, createCouponApi } from './api.ts'
import type { AuthSource, TargetContext } from './target.ts'

/** With what right a storm's requests are sent. */
export interface Authority {
  readonly kind: AuthSource
  /** The header `Authorization` of an admin; null where none is asked for. */
  readonly admin: string | null
  /** Makes the header of each user's requests, before the clock starts. */
  prepare(users: number, signal: AbortSignal): Promise<Authorizations>
}

/** The headers `Authorization`: one for each user, by index; one for all; or none. */
export type Authorizations = readonly string[] | string | null

/** Longer than any storm. */
const lifetimeMs = 24 * 3_600_000
/** The name that coupons made for a storm are made under; there need not be such a user. */
const adminName = 'coupon-stress'
/** About a tenth of a second of signing, after which Ctrl-C is heard. */
const signedAtOnce = 5_000

const open: Authority = { kind: 'open', admin: null, prepare: async () => null }

/** Signs as the server with this secret would. */
export function signingAuthority(secret: string): Authority {
  const tokens = createTokens({ secret })
  return {
    kind: 'signed',
    admin: `Bearer ${tokens.sign({ username: adminName, role: 'admin' }, lifetimeMs)}`,
    prepare: (users, signal) => signAll(tokens, users, signal),
  }
}

async function signAll(tokens: Tokens, users: number, signal: AbortSignal): Promise<readonly string[]> {
  const headers: string[] = []
  while (headers.length < users) {
    const username = usernameOf(headers.length)
    headers.push(`Bearer ${tokens.sign({ username, role: 'user' }, lifetimeMs)}`)
    if (headers.length % signedAtOnce > 0) continue
    await nextTurn()
    signal.throwIfAborted()
  }
  return headers
}

export interface AuthorityQuestion {
  readonly url: string
  readonly apiPrefix: string
  /** The admin of `--login`. */
  readonly login: string | null
  readonly config: Config
}

/** Finds out what the server of `--url` asks for, and how it can be had. Throws `AppError` when it cannot. */
export async function findAuthority(question: AuthorityQuestion, context: TargetContext): Promise<Authority> {
  const { url, login } = question
  const apiWith = (authorization: string | null) =>
    createCouponApi({ ...question, authorization, signal: context.signal })
  if (await apiWith(null).isAccepted()) {
    context.announce(`${url} is in open mode: no token is needed.`)
    return open
  }
  if (login === null) return findSigningAuthority(question, apiWith, context)
  const authorization = `Bearer ${await logIn(apiWith(null), login, context)}`
  await assertAdmin(apiWith(authorization), login)
  context.announce(`Signed in as ${login}, who claims for every user.`)
  return { kind: 'login', admin: authorization, prepare: async () => authorization }
}

async function findSigningAuthority(
  { url, config }: AuthorityQuestion,
  apiWith: (authorization: string) => CouponApi,
  { announce }: TargetContext,
): Promise<Authority> {
  const secret = await findSecret(config)
  const otherwise = 'or sign in with --login and the name of an admin.'
  if (secret === null) {
    const how = `Set JWT_SECRET to that server's, run in the folder that has its .coupon/, ${otherwise}`
    throw new AppError(
      'config',
      `${url} asks for access tokens, and there is no secret here to sign them with. ${how}`,
    )
  }
  const authority = signingAuthority(secret)
  const where = config.auth.secret === null ? 'kept in .coupon/' : 'configured here'
  if (!(await apiWith(authority.admin ?? '').isAccepted())) {
    throw new AppError(
      'config',
      `The secret ${where} is not the one ${url} signs with. Correct JWT_SECRET, ${otherwise}`,
    )
  }
  announce(`Each user's token is signed with the secret ${where}.`)
  return authority
}

async function logIn(api: CouponApi, username: string, context: TargetContext): Promise<string> {
  const password = passwordOfEnvironment() ?? (await context.askPassword(`Password of ${username}:`))
  return api.login(username, password)
}

async function assertAdmin(api: CouponApi, username: string): Promise<void> {
  const role = await api.readRole()
  if (role === 'admin') return
  throw new AppError(
    'invalid',
    `--login: ${username} has the role ${role ?? 'of nobody'}, but only an admin may claim for others.`,
  )
}
