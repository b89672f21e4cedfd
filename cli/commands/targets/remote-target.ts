import { AppError, loadConfig } from '../../../server/public/basics.ts'
import type { StressPlan } from '../../stress/plan.ts'
import { number } from '../../words.ts'
import { type CouponApi, createCouponApi } from './api.ts'
import { type Authority, type Authorizations, findAuthority } from './authority.ts'
import { missingUser } from './missing-user.ts'
import { createRemoteCoupons, type RemotePlan } from './remote-coupons.ts'
import { findEvidence } from './remote-evidence.ts'
import { pathsBelow, type Target, type TargetContext } from './target.ts'

/** As many users as the API makes by itself: user_0 to user_100. */
const apiUsersMax = 101

/** A server that runs already. Everything is looked at before anything is changed there. */
export async function openRemoteTarget(
  plan: StressPlan & { url: string },
  context: TargetContext,
): Promise<Target> {
  const { url, shape } = plan
  checkStrategies(plan)
  const config = loadConfig({ flags: { config: context.config } })
  const { apiPrefix } = config.app
  const apiWith = (authorization: string | null, signal = context.signal) =>
    createCouponApi({ url, apiPrefix, authorization, signal })
  await apiWith(null).recognise()
  const authority = await findAuthority({ ...plan, apiPrefix, config }, context)
  const api = apiWith(authority.admin)
  const strategy = await api.readStrategy()
  await checkRoutes(plan, api)
  const coupons = createRemoteCoupons(plan, {
    api,
    // What is cleared away at the end must not end with Ctrl-C.
    apiAtEnd: () => apiWith(authority.admin, AbortSignal.timeout(endTimeoutMs)),
    context,
  })
  await coupons.check()
  const evidence = await findEvidence(config, {
    users: shape.users,
    asksForUsers: authority.kind === 'login',
    api,
    context,
  })
  const authorizations = await authority.prepare(shape.users, context.signal)
  if (evidence.kind === 'api') await checkUsers(plan, { authority, authorizations, apiWith })

  return {
    auth: authority.kind,
    authorizations,
    evidence: evidence.kind,
    postgres: evidence.postgres,
    redis: null,
    openRound: async (round) => {
      await coupons.make(round)
      await evidence.settle(round.couponNames[0] ?? plan.coupon)
      return {
        url,
        paths: pathsBelow(url, apiPrefix),
        strategy,
        readLedgers: () => evidence.readLedgers(round.couponNames),
      }
    },
  }
}

const endTimeoutMs = 5_000

function checkStrategies({ strategies, url }: RemotePlan): void {
  if (strategies.length <= 1) return
  throw new AppError(
    'invalid',
    `--compare: ${url} runs the one strategy it was started with; leave --url out to compare several.`,
  )
}

/** The original knows neither releases nor questions. */
async function checkRoutes({ url, shape: { mix } }: RemotePlan, api: CouponApi): Promise<void> {
  for (const route of ['release', 'eligibility'] as const) {
    if (mix[route] === 0 || (await api.hasRoute(route))) continue
    const what = route === 'release' ? 'no claim can be given back' : 'nobody can ask whether they may claim'
    throw new AppError('invalid', `--mix: at ${url} ${what}; leave ${route} out of the mix.`)
  }
}

interface UsersQuestion {
  readonly authority: Authority
  readonly authorizations: Authorizations
  readonly apiWith: (authorization: string | null) => CouponApi
}

/** Without its database the users must be there, but for those that a server in open mode makes. */
async function checkUsers({ shape: { users } }: RemotePlan, question: UsersQuestion): Promise<void> {
  const { authority, authorizations, apiWith } = question
  if (authority.kind === 'open') {
    if (users <= apiUsersMax) return apiWith(null).registerUsers()
    throw new AppError(
      'invalid',
      `--users: got ${number(users)}, but only ${apiUsersMax} can be made through the API; ` +
        "set DATABASE_URL to the server's database to have them seeded there.",
    )
  }
  if (typeof authorizations === 'string' || authorizations === null) return
  const last = users - 1
  if ((await apiWith(authorizations[last] ?? '').readRole()) !== null) return
  throw missingUser(users)
}
