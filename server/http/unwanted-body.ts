import type { IncomingMessage, ServerResponse } from 'node:http'
import { cutLater } from './unread.ts'

/**
 * How much is read of a body after its answer, in bytes: a client that is told 413 should hear it, and not a reset
 * connection.
 */
export const unwantedBodyMax = 1024 * 1024
/** What Node reads of a connection at once. A body that is no longer is here by then. */
const sipMax = 64 * 1024
/** A sip is one such read, or two, and the next one follows after this. */
const sipEveryMs = 10

/**
 * Once the answer is out, a body that is still coming in is read in sips, and little more than `unwantedBodyMax` of it; then the
 * connection is not read any more, and cut a second later. By itself Node reads such a body to its end as fast as it
 * comes, some 2 MB of each connection in a turn of the event loop: whoever sends without end would keep it busy for as
 * long as a request may take.
 */
export function leaveUnwantedBody(request: IncomingMessage, response: ServerResponse): void {
  if (!mayBeLong(request)) return
  // At 'finish' Node has thrown the body away already, unless somebody has begun to read it.
  response.once('prefinish', () => {
    if (!request.complete && !request.destroyed) readInSips(request)
  })
}

function mayBeLong({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > sipMax
}

function readInSips(request: IncomingMessage): void {
  let size = 0
  request.on('data', (chunk: Buffer) => {
    size += chunk.length
    request.pause()
    if (size > unwantedBodyMax) cutLater(request.socket)
    else setTimeout(() => request.resume(), sipEveryMs)
  })
  request.read(0)
}
