import type { IncomingMessage, ServerResponse } from 'node:http'
import { cutLater } from './unread.ts'

/** How much is read of a body after its answer, in bytes: a client that is told 413 should hear it, and not a reset connection. */
export const unwantedBodyMax = 1024 * 1024
/** Node throws such a body away without a word, so how much came in is looked at so often. */
const lookMs = 10

/**
 * Once the answer is out, little more than `unwantedBodyMax` is read of a body that is still coming in; then the connection is not
 * read any more, and cut a second later. Otherwise whoever sends without end would keep the event loop busy for as long as a
 * request may take.
 */
export function leaveUnwantedBody(request: IncomingMessage, response: ServerResponse): void {
  if (!mayBeLong(request)) return
  const { socket } = request
  response.once('finish', () => {
    if (request.complete) return
    const before = socket.bytesRead
    const look = setInterval(() => {
      const isOver = request.complete || socket.destroyed
      const isTooMuch = !isOver && socket.bytesRead - before > unwantedBodyMax
      if (isOver || isTooMuch) clearInterval(look)
      if (!isTooMuch) return
      socket.pause()
      cutLater(socket)
    }, lookMs)
  })
}

function mayBeLong({ headers }: IncomingMessage): boolean {
  return (
    headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > unwantedBodyMax
  )
}
