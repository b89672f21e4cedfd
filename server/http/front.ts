import type { RequestListener } from 'node:http'
import type { ErrorRequestHandler, Express, Request, Response } from 'express'
import type { AppParts } from './app.ts'
import { claimHandler } from './claims.ts'
import { correlate } from './correlate.ts'

/**
 * What stands before Express. A claim is asked for thousands of times a second, and Express' routers cost as much as all
 * the rest of it: it goes to its handler at once. Everything else goes to Express, which has the claim's route as well,
 * for whatever is not spelled exactly so.
 */
export function createFront(
  parts: AppParts,
  app: Express,
  answerError: ErrorRequestHandler,
): RequestListener {
  const claimPath = `${parts.apiPrefix}/coupons/claim`
  const claim = claimHandler(parts)
  return (request, response) => {
    if (request.url !== claimPath || request.method !== 'POST') {
      app(request as Request, response as Response)
      return
    }
    correlate(parts.log, request, response)
    claim(request as Request, response as Response).catch((error: unknown) =>
      answerError(error, request as Request, response as Response, () => {}),
    )
  }
}
