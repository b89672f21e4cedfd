import type { RequestListener } from 'node:http'
import type { ErrorRequestHandler, Express, Request, Response } from 'express'
import type { LogLines } from '../log-lines.ts'
import type { CountAnswer } from '../metrics/requests.ts'
import type { ClaimHandler } from './claims.ts'
import { correlate } from './correlate.ts'
import type { Cors } from './cors.ts'
import { refuseTwoHosts } from './hosts.ts'
import { setSafeHeaders } from './safe-headers.ts'
import { keepPathAlone } from './target.ts'

export interface FrontParts {
  readonly claimPath: string
  readonly claim: ClaimHandler
  readonly count: CountAnswer
  readonly app: Express
  readonly onError: ErrorRequestHandler
  readonly log: LogLines
  /** Null when no other origin's page may call. */
  readonly cors: Cors | null
}

/**
 * What stands before Express. A claim is asked for thousands of times a second, and Express' routers cost as much as all
 * the rest of it: it goes to its handler at once. Everything else goes to Express, which has the claim's route as well,
 * for whatever is not spelled exactly so.
 */
export function createFront({
  claimPath,
  claim,
  count,
  app,
  onError,
  log,
  cors,
}: FrontParts): RequestListener {
  return (request, response) => {
    if (refuseTwoHosts(request, response)) return
    keepPathAlone(request)
    setSafeHeaders(response)
    if (cors?.(request, response) === true) return
    if (request.url !== claimPath || request.method !== 'POST') {
      app(request as Request, response as Response)
      return
    }
    correlate(log, request, response)
    const done = () => count(response.statusCode)
    claim(request as Request, response as Response).then(done, (error: unknown) => {
      onError(error, request as Request, response as Response, () => {})
      done()
    })
  }
}
