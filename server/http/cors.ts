import type { IncomingMessage, ServerResponse } from 'node:http'

/** True when the request was a preflight and is answered. */
export type Cors = (request: IncomingMessage, response: ServerResponse) => boolean

const asked = {
  'Access-Control-Allow-Methods': 'GET, POST, PUT, PATCH, DELETE',
  'Access-Control-Allow-Headers':
    'Authorization, Content-Type, Correlation-ID, Idempotency-Key, traceparent, tracestate',
  'Access-Control-Max-Age': '600',
} as const

const exposed = 'Correlation-ID, Idempotent-Replayed, Location, Retry-After, WWW-Authenticate, traceresponse'

/**
 * Lets pages of these origins call the API from a browser. Null without any, so that the claim path has nothing to ask: then
 * no answer has a header of CORS, and browsers keep every other page out. Credentials are never allowed: there are no cookies.
 */
export function createCors(origins: readonly string[]): Cors | null {
  if (origins.length === 0) return null
  return (request, response) => {
    // What is answered depends on it, also when it is not there.
    response.setHeader('Vary', 'Origin')
    const { origin } = request.headers
    if (origin === undefined || !origins.includes(origin)) return false
    response.setHeader('Access-Control-Allow-Origin', origin)
    response.setHeader('Access-Control-Expose-Headers', exposed)
    if (request.method !== 'OPTIONS' || request.headers['access-control-request-method'] === undefined)
      return false
    for (const [name, value] of Object.entries(asked)) response.setHeader(name, value)
    response.statusCode = 204
    response.end()
    return true
  }
}
