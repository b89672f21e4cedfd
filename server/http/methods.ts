import type { RequestHandler } from 'express'
import { sendFault } from './envelope.ts'

/** Ends a route: any method but `allowed` is told 405 and the methods there are. */
export function refuseOthers(...allowed: readonly string[]): RequestHandler {
  const allow = allowed.join(', ')
  return (request, response) => {
    response.setHeader('Allow', allow)
    sendFault(response, { problem: 'method_not_allowed', message: `${request.method} Method not allowed` })
  }
}
