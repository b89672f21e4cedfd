import { randomUUID } from 'node:crypto'
import type { Socket } from 'node:net'
import { correlationHeader } from './envelope.ts'
import { unavailable } from './errors.ts'
import { problems } from './problems.ts'
import { safeHeaders } from './safe-headers.ts'

/** For the client to hear the answer; then the connection is cut. */
export const lingerMs = 1_000

/** Answers 503 on a connection that nothing is read of, and closes it. */
export function refuseUnread(socket: Socket): void {
  socket.on('error', () => {})
  // What was sent and not read would have the system reset the connection before the answer is heard.
  socket.resume()
  socket.end(unreadAnswer())
  cutLater(socket)
}

/** Closes a connection in a while, whoever still sends on it. */
export function cutLater(socket: Socket): void {
  const cut = setTimeout(() => socket.destroy(), lingerMs)
  socket.once('close', () => clearTimeout(cut))
}

function unreadAnswer(): string {
  const { status, kind } = problems.unavailable
  const id = randomUUID()
  const body = JSON.stringify({ status, message: unavailable.message, kind, reference_id: id })
  const headers = [
    ...safeHeaders,
    [correlationHeader, id],
    ['Retry-After', unavailable.retryAfterS],
    ['Content-Type', 'application/json; charset=utf-8'],
    ['Content-Length', Buffer.byteLength(body)],
    ['Connection', 'close'],
  ]
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  return `HTTP/1.1 ${status} Service Unavailable\r\n${lines}\r\n${body}`
}
