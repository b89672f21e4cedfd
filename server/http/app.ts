import type { RequestListener } from 'node:http'
import express, { type ErrorRequestHandler, type Express, Router } from 'express'
import type { Limits } from '../auth/limits.ts'
import type { Sessions } from '../auth/sessions.ts'
import type { ClaimStrategy } from '../claims/claim.ts'
import type { AskEligibility, ClaimLife, ClaimRecords } from '../claims/life.ts'
import type { Coupons } from '../coupons/coupons.ts'
import type { Live, ReadCurve } from '../live/watch.ts'
import type { Meters } from '../metrics/meters.ts'
import type { Users } from '../users/users.ts'
import { audienceRoutes } from './audience.ts'
import { authRoutes } from './auth.ts'
import type { Authenticate } from './caller.ts'
import { claimLifeRoutes } from './claim-life.ts'
import { type ClaimHandler, claimHandler } from './claims.ts'
import { correlate, type HttpLog } from './correlate.ts'
import { createCors } from './cors.ts'
import { couponClaimsRoute } from './coupon-claims.ts'
import { couponRoutes } from './coupons.ts'
import { type DashboardParts, dashboardRoutes } from './dashboard.ts'
import { documentationRoutes } from './docs.ts'
import { eligibilityRoute } from './eligibility.ts'
import { correlationHeader, sendFault } from './envelope.ts'
import { faultOf, type HttpFault, internalError, unavailable } from './errors.ts'
import { createFront } from './front.ts'
import { healthRoutes, type Readiness } from './health.ts'
import { liveRoutes } from './live.ts'
import { metricsRoute } from './metrics.ts'
import { myClaimsRoute } from './my-claims.ts'
import { countRequest } from './route-of.ts'
import { userRoutes } from './users.ts'

/** What the HTTP layer calls, in the words of the domain. */
export interface AppParts {
  readonly apiPrefix: string
  /** How long a claim may take before it is answered 503. */
  readonly timeoutMs: number
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
  /** True for an error that says the database is out of reach. */
  readonly isOutage: (error: unknown) => boolean
  readonly log: HttpLog
  readonly meters: Meters
  /** The text of /metrics; null when it is not served. */
  readonly metrics: (() => Promise<string>) | null
}

/** The whole API: a listener for `node:http`, and the Express application behind it. */
export function createApp(parts: AppParts): { readonly app: Express; readonly listener: RequestListener } {
  const onError = answerError(parts)
  const claim = claimHandler(parts)
  const app = createExpress(parts, claim, onError)
  const claimPath = claimPathOf(parts)
  const count = parts.meters.requests.of('POST', claimPath)
  const cors = createCors(parts.corsOrigins)
  return { app, listener: createFront({ claimPath, claim, count, app, onError, log: parts.log, cors }) }
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
  // Other methods on its path belong to a coupon named CLAIM.
  app.post(claimPathOf(parts), claim)
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

function answerError({ log, isOutage }: AppParts): ErrorRequestHandler {
  return (error, request, response, _next) => {
    const fault =
      faultOf(error) ?? answerUnforeseen(error, log, isOutage, response.getHeader(correlationHeader))
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

function answerUnforeseen(
  error: unknown,
  log: HttpLog,
  isOutage: AppParts['isOutage'],
  id: unknown,
): HttpFault {
  if (isOutage(error)) {
    log.warn({ correlation_id: id, err: error }, 'the database is out of reach')
    return unavailable
  }
  log.error({ correlation_id: id, err: error }, 'unforeseen fault')
  return internalError
}
