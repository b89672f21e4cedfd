import type { Request, Response } from 'express'
import type { RequestTally } from '../metrics/requests.ts'

/** Counts the answer by its route when it is out, or when its client is gone. */
export function countRequest(
  requests: RequestTally,
  apiPrefix: string,
  request: Request,
  response: Response,
): void {
  response.once('close', () => {
    requests.of(request.method, routeOf(request, apiPrefix))(response.headersSent ? response.statusCode : 0)
  })
}

/** As in the OpenAPI document: `/api/coupons/{name}`; `other` for a path that is none of the API's. */
function routeOf({ route, originalUrl }: Request, apiPrefix: string): string {
  if (route === undefined) return 'other'
  const path = String([route.path].flat()[0]).replaceAll(/:(\w+)/g, '{$1}')
  // Where an error comes by, Express has forgotten the prefix of the router; the claim's route has it in its path.
  const isBelow = originalUrl.startsWith(`${apiPrefix}/`) && !path.startsWith(`${apiPrefix}/`)
  return isBelow ? apiPrefix + path : path
}
