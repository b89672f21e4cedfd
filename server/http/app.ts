import type { RequestListener } from 'node:http'
import express, {
  type ErrorRequestHandler,
  type Express,
  type RequestHandler,
  type Response,
  Router,
} from 'express'
import type { Limits } from '../auth/limits.ts'
import type { Sessions } from '../auth/sessions.ts'
import type { ClaimStrategy } from '../claims/claim.ts'
import type { AskEligibility, ClaimLife, ClaimRecords } from '../claims/life.ts'
import type { Coupons } from '../coupons/coupons.ts'
import type { Live, ReadCurve } from '../live/watch.ts'
import type { LogLines } from '../log-lines.ts'
import type { Meters } from '../metrics/meters.ts'
import type { Users } from '../users/users.ts'
import { createAdmission } from './admission.ts'
import { admitted } from './admitted.ts'
import { audienceRoutes } from './audience.ts'
import { authRoutes } from './auth.ts'
import type { Authenticate } from './caller.ts'
import { claimLifeRoutes } from './claim-life.ts'
import { type ClaimHandler, claimHandler } from './claims.ts'
import { correlate } from './correlate.ts'
import { createCors } from './cors.ts'
import { couponClaimsRoute } from './coupon-claims.ts'
import { couponRoutes } from './coupons.ts'
import { type DashboardParts, dashboardRoutes } from './dashboard.ts'
import { documentationRoutes } from './docs.ts'
import { eligibilityRoute } from './eligibility.ts'
import { sendFault } from './envelope.ts'
import { changeUnknown, faultOf, type HttpFault, internalError, unavailable } from './errors.ts'
import { createFront } from './front.ts'
import { healthRoutes, type Readiness } from './health.ts'
import { liveRoutes } from './live.ts'
import { refuseOthers } from './methods.ts'
import { metricsRoute } from './metrics.ts'
import { myClaimsRoute } from './my-claims.ts'
import { pipelinedMax } from './pipelined.ts'
import { createRefusals } from './refusals.ts'
import { countRequest } from './route-of.ts'
import { createSlices } from './slices.ts'
import { traceOf } from './trace.ts'
import { userRoutes } from './users.ts'

/** What the HTTP layer calls, in the words of the domain. */
export interface AppParts {
  readonly apiPrefix: string
  /** How long an answer may take; then it is 503. */
  readonly timeoutMs: number
  /** Claims under way at once. */
  readonly claimsMax: number
  readonly connectionsMax: number
  /** True in open mode. */
  readonly isOpen: boolean
  readonly authenticate: Authenticate
  readonly claims: ClaimStrategy
  readonly life: ClaimLife
  readonly askEligibility: AskEligibility
  readonly coupons: Coupons
  readonly claimRecords: ClaimRecords
  readonly live: Live
  readonly readCurve: ReadCurve
  /** The page at `/`; null when it is not served. */
  readonly dashboard: DashboardParts | null
  readonly users: Users
  readonly sessions: Sessions
  readonly limits: Limits
  /** Proxies in front whose X-Forwarded-For is believed. */
  readonly trustProxy: number
  readonly corsOrigins: readonly string[]
  /** Null in token mode. */
  readonly registerDemoUsers: (() => Promise<unknown>) | null
  readonly readiness: () => Promise<Readiness>
  /** Whether what was asked for may have been done, of an error that says the database is out of reach; null for any other. */
  readonly outageOf: (error: unknown) => 'rolled_back' | 'unknown' | null
  readonly log: LogLines
  readonly meters: Meters
  /** The text of /metrics; null when it is not served. */
  readonly metrics: (() => Promise<string>) | null
}

export interface App {
  readonly app: Express
  readonly listener: RequestListener
  /** Reads all connections again, when the server is about to close. */
  hearAll(): void
}

/** The whole API: a listener for `node:http`, and the Express application behind it. */
export function createApp(parts: AppParts): App {
  const onError = answerError(parts)
  const { admission, refusals, slices } = openGate(parts)
  const claim = admitted({ claim: claimHandler({ ...parts, admission, slices }), admission, refusals })
  const app = createExpress(parts, claim, onError)
  const claimPath = claimPathOf(parts)
  const count = parts.meters.requests.of('POST', claimPath)
  const cors = createCors(parts.corsOrigins)
  const front = { claimPath, claim, count, app, onError, log: parts.log, cors }
  return { app, listener: createFront(front), hearAll: refusals.close }
}

/** What a claim may wait for its answer, and for how long it may be more before that is no burst: of `timeoutMs`. */
const [targetShare, patienceShare] = [2 / 5, 1 / 2]
/** Of those who were refused and ask again before their time: less than a tenth of what a processor can do. */
const heardAgainPerS = 1_000
/** Claims that are answered in one turn of the event loop: some 2 ms of a processor, with what their clients ask next. */
const answersATurn = 32

function openGate({ meters, timeoutMs, claimsMax, connectionsMax }: AppParts) {
  const admission = createAdmission({
    limit: claimsMax,
    targetMs: timeoutMs * targetShare,
    patienceMs: timeoutMs * patienceShare,
  })
  const refusals = createRefusals({ limit: connectionsMax, perS: heardAgainPerS, room: admission.room })
  const slices = createSlices(answersATurn)
  meters.watch('claims_admitted', claimsMax, () => admission.stats().undecided)
  meters.watch('answers_waiting', connectionsMax + pipelinedMax, slices.waiting)
  meters.watch('refused_connections', connectionsMax, refusals.waiting)
  meters.count('coupon_overload_refusals_total', () => admission.stats().refused)
  return { admission, refusals, slices }
}

function claimPathOf({ apiPrefix }: AppParts): string {
  return `${apiPrefix}/coupons/claim`
}

function createExpress(parts: AppParts, claim: ClaimHandler, onError: ErrorRequestHandler): Express {
  const app = express()
  for (const setting of ['x-powered-by', 'etag']) app.disable(setting)
  for (const setting of ['case sensitive routing', 'strict routing']) app.enable(setting)
  app.set('trust proxy', parts.trustProxy)
  app.use((request, response, next) => {
    correlate(parts.log, request, response)
    countRequest(parts.meters.requests, parts.apiPrefix, request, response)
    next()
  })
  app.route(claimPathOf(parts)).post(claim).all(refuseBesideClaim())
  app.use(healthRoutes(parts.readiness))
  if (parts.metrics !== null) app.use(metricsRoute(parts.metrics))
  if (parts.dashboard !== null) app.use(dashboardRoutes(parts.dashboard))
  const api = Router({ caseSensitive: true, strict: true })
  api.use(claimLifeRoutes(parts))
  api.use(eligibilityRoute(parts))
  api.use(liveRoutes(parts))
  api.use(couponRoutes(parts))
  api.use(audienceRoutes(parts))
  api.use(couponClaimsRoute(parts))
  api.use(myClaimsRoute(parts))
  api.use(authRoutes(parts))
  api.use(userRoutes(parts))
  app.use(parts.apiPrefix, api)
  app.use(documentationRoutes(parts.apiPrefix))
  app.use((_request, response) => sendFault(response, { problem: 'url_not_found', message: 'Url not found' }))
  app.use(onError)
  return app
}

/** On the path of claims, methods of the coupon named CLAIM go on to its route. */
function refuseBesideClaim(): RequestHandler {
  const ofCoupon = ['GET', 'PATCH', 'DELETE']
  const refuse = refuseOthers(...ofCoupon, 'POST')
  return (request, response, next) => {
    if ([...ofCoupon, 'HEAD'].includes(request.method)) next()
    else refuse(request, response, next)
  }
}

function answerError({ log, outageOf }: AppParts): ErrorRequestHandler {
  return (error, request, response, _next) => {
    const fault = faultOf(error) ?? answerUnforeseen({ error, response, log, outageOf })
    if (response.headersSent) {
      response.destroy()
      return
    }
    // A body that was refused unread is read to its end and thrown away, or the client would see a reset
    // connection in place of this answer; the server's request time-out bounds it.
    request.resume()
    sendFault(response, fault)
  }
}

interface Unforeseen extends Pick<AppParts, 'log' | 'outageOf'> {
  readonly error: unknown
  readonly response: Response
}

function answerUnforeseen({ error, response, log, outageOf }: Unforeseen): HttpFault {
  const fields = { ...traceOf(response)?.fields(), err: error }
  const outage = outageOf(error)
  if (outage !== null) {
    log.warn(fields, 'the database is out of reach')
    const hasOnlyAsked = ['GET', 'HEAD'].includes(response.req.method)
    return outage === 'unknown' && !hasOnlyAsked ? changeUnknown : unavailable
  }
  log.error(fields, 'unforeseen fault')
  return internalError
}
