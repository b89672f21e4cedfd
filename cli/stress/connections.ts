import { Client } from 'undici'

export interface ConnectionOptions {
  /** Origin, with or without a path. */
  readonly url: string
  readonly count: number
  /** A route below `url` that is cheap to answer with GET; one call warms each connection. */
  readonly warmPath: string
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

/** Open connections, one client each, every one used once already. */
export interface Connections {
  readonly clients: readonly Client[]
  /** Cuts every connection, whatever is under way on it. */
  close(): Promise<void>
}

/** As many at once as stay well below a listen backlog of 511; more would wait a second for the next SYN. */
const warmAtOnce = 128

/** Rejects with the first failure, or with the signal's reason, when not every connection can be had. */
export async function openConnections(options: ConnectionOptions): Promise<Connections> {
  const { origin } = new URL(options.url)
  const clients = Array.from(
    { length: options.count },
    () => new Client(origin, clientOptions(options.timeoutMs)),
  )
  const close = async () => {
    await Promise.all(clients.map((client) => client.destroy()))
  }
  options.signal.addEventListener('abort', close, { once: true })
  try {
    for (let first = 0; first < clients.length; first += warmAtOnce) {
      options.signal.throwIfAborted()
      await Promise.all(clients.slice(first, first + warmAtOnce).map((client) => warm(client, options)))
    }
  } catch (error) {
    await close()
    options.signal.throwIfAborted()
    throw error
  } finally {
    options.signal.removeEventListener('abort', close)
  }
  return { clients, close }
}

/** Pipelining 1: a connection carries one request at a time, as a browser's does. */
function clientOptions(timeoutMs: number): Client.Options {
  return {
    pipelining: 1,
    connectTimeout: timeoutMs,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    // Ten thousand connections take seconds to open; the first must still be there at the barrier.
    keepAliveTimeout: 60_000,
  }
}

async function warm(client: Client, { url, warmPath }: ConnectionOptions): Promise<void> {
  const path = new URL(url).pathname.replace(/\/$/, '') + warmPath
  const { body } = await client.request({ path, method: 'GET' })
  await body.dump()
}
