import type { Server } from 'node:net'

/** Connections that come without an end are not waited for. */
const emptyingMsMax = 500

/**
 * Resolves when the system holds no connection any more that it has accepted for this server and that the server has not been given: those
 * would be reset by its close, with the requests that their clients have sent on them. Node takes one in a turn of the event
 * loop, so a busy server has up to as many of them as clients that connect anew for each request.
 *
 * That is so when a turn has brought none; at the latest after half a second. Whoever calls it must not answer those that come, or
 * they come again.
 */
export function emptyBacklog(server: Server): Promise<void> {
  const untilMs = performance.now() + emptyingMsMax
  return new Promise((resolve) => {
    let hasCome = true
    const come = () => {
      hasCome = true
    }
    const look = () => {
      if (hasCome && performance.now() < untilMs) {
        hasCome = false
        setImmediate(look)
        return
      }
      server.off('connection', come)
      resolve()
    }
    server.on('connection', come)
    setImmediate(look)
  })
}
