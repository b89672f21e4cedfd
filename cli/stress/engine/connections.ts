import { Client } from 'undici'

export interface ConnectionOptions {
  /** Origin, with or without a path. */
  readonly url: string
  readonly count: number
  /** Opens no connection before its first request. */
  readonly isCold: boolean
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

/** Connections, one client each; unless cold, open, and every one used once already. */
export interface Connections {
  readonly clients: readonly Client[]
  /** Cuts every connection, whatever is under way on it. */
  close(): Promise<void>
}

/** Cheap to answer, and there on every server of this API. */
const warmPath = '/healthcheck'

/** As many at once as stay well below a listen backlog of 511; more would wait a second for the next SYN. */
const warmAtOnce = 128

/** Rejects with the first failure, or with the signal's reason, when not every connection can be had. */
export async function openConnections(options: ConnectionOptions): Promise<Connections> {
  const { isCold, signal } = options
  const { origin } = new URL(options.url)
  const clients = Array.from(
    { length: options.count },
    () => new Client(origin, clientOptions(options.timeoutMs)),
  )
  const close = async () => {
    await Promise.all(clients.map((client) => client.destroy()))
  }
  if (isCold) return { clients, close }
  signal.addEventListener('abort', close, { once: true })
  try {
    for (let first = 0; first < clients.length; first += warmAtOnce) {
      signal.throwIfAborted()
      await Promise.all(clients.slice(first, first + warmAtOnce).map((client) => warm(client, options)))
    }
  } catch (error) {
    await close()
    signal.throwIfAborted()
    throw error
  } finally {
    signal.removeEventListener('abort', close)
  }
  return { clients, close }
}

/**
 * A client for each connection, and no Pool, which chooses a connection by itself: a duplicate must go out on another
 * than its original, and an abandoned request must cut its own. A Pool costs the same (35 and 36 microseconds of processor
 * a request at 128 connections).
 */
function clientOptions(timeoutMs: number): Client.Options {
  return {
    // A connection carries one request at a time, as a browser's does: a lane has no more. But with 1 here undici waits
    // for the next turn of the event loop after each answer, and with 2 it writes the next request at once: half the
    // latency of a busy generator was that wait, and it sends 1.7 times as much without it.
    pipelining: 2,
    connectTimeout: timeoutMs,
    // The driver ends what takes too long, counted over the whole request: one timer for all connections, not one each.
    headersTimeout: 0,
    bodyTimeout: 0,
    // Ten thousand connections take seconds to open; the first must still be there at the barrier.
    keepAliveTimeout: 60_000,
  }
}

async function warm(client: Client, { url, timeoutMs }: ConnectionOptions): Promise<void> {
  const path = new URL(url).pathname.replace(/\/$/, '') + warmPath
  const { body } = await client.request({
    path,
    method: 'GET',
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
  })
  await body.dump()
}
