import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type LogLines, roundedMs } from '../log-lines.ts'
import { correlationHeader } from './envelope.ts'
import { createTrace, keepTrace, traceHeader } from './trace.ts'

/** Printable ASCII, short enough for a log line; anything else is replaced by a fresh id. */
const correlationPattern = /^[\x21-\x7e]([\x20-\x7e]{0,126}[\x21-\x7e])?$/

/**
 * Gives the request its ids: the answer its header Correlation-ID, and `traceresponse` where a `traceparent` came; the log
 * its line at debug.
 */
export function correlate(log: LogLines, request: IncomingMessage, response: ServerResponse): void {
  const { headers } = request
  const given = headers['correlation-id']
  const isFresh = typeof given !== 'string' || !correlationPattern.test(given)
  const id = isFresh ? randomUUID() : given
  response.setHeader(correlationHeader, id)
  const trace = createTrace(id, { isFresh, headers })
  keepTrace(response, trace)
  // Who has sent one that is no good learns from the other trace-id that it was not taken over.
  if (headers.traceparent !== undefined) response.setHeader(traceHeader, trace.context().traceparent)
  if (!log.isDebug()) return
  const began = performance.now()
  // Express shortens the URL for each router on the way. What stands after a `?` may be a token that somebody put there.
  const { method, url = '' } = request
  const [path] = url.split('?', 1)
  response.once('close', () => {
    const durationMs = roundedMs(performance.now() - began)
    log.debug(
      { ...trace.fields(), method, path, status: response.statusCode, duration_ms: durationMs },
      'request',
    )
  })
}
