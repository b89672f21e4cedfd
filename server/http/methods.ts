import type { RequestHandler } from 'express'
import { sendJson } from './envelope.ts'

/** Ends a route: any method but `allowed` is told 405 and the methods there are. */
export function refuseOthers(...allowed: readonly string[]): RequestHandler {
  const allow = allowed.join(', ')
  return (request, response) => {
    response.setHeader('Allow', allow)
    sendJson(response, 405, { status: 405, data: `${request.method} Method not allowed` })
  }
}
