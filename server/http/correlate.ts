import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { correlationHeader } from './envelope.ts'

/** What is logged of HTTP: one line a request at debug, one an unforeseen fault at error. */
export interface HttpLog {
  readonly isDebug: () => boolean
  debug(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

/** Printable ASCII, short enough for a log line; anything else is replaced by a fresh id. */
const correlationPattern = /^[\x21-\x7e]([\x20-\x7e]{0,126}[\x21-\x7e])?$/

/** Gives the answer its header Correlation-ID, and the request its line in the log. */
export function correlate(log: HttpLog, request: IncomingMessage, response: ServerResponse): void {
  const given = request.headers['correlation-id']
  const id = typeof given === 'string' && correlationPattern.test(given) ? given : randomUUID()
  response.setHeader(correlationHeader, id)
  if (!log.isDebug()) return
  const began = performance.now()
  // Express shortens the URL for each router on the way. What stands after a `?` may be a token that somebody put there.
  const { method, url = '' } = request
  const [path] = url.split('?', 1)
  response.once('close', () => {
    const durationMs = Math.round((performance.now() - began) * 1000) / 1000
    log.debug(
      { correlation_id: id, method, path, status: response.statusCode, duration_ms: durationMs },
      'request',
    )
  })
}
