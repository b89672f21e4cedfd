import type { IncomingMessage, ServerResponse } from 'node:http'
import { cutLater } from './unread.ts'

/** How much is read of a body after its answer, in bytes: a client that is told 413 should hear it, and not a reset connection. */
export const unwantedBodyMax = 1024 * 1024

/**
 * Once the answer is out, no more than `unwantedBodyMax` is read of a body that is still coming in; then the connection is not read any
 * more, and cut a second later. Otherwise whoever sends without end would keep the event loop busy for as long as a request may take.
 */
export function leaveUnwantedBody(request: IncomingMessage, response: ServerResponse): void {
  if (!mayBeLong(request)) return
  response.once('finish', () => {
    if (request.complete) return
    let read = 0
    request.on('data', (chunk: Buffer) => {
      read += chunk.length
      if (read <= unwantedBodyMax) return
      request.pause()
      request.socket.pause()
      cutLater(request.socket)
    })
  })
}

function mayBeLong({ headers }: IncomingMessage): boolean {
  return (
    headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > unwantedBodyMax
  )
}
