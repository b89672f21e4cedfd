import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, Server as NetServer, type Socket } from 'node:net'
import type { Express } from 'express'
import { AppError, messageOf } from '../errors.ts'
import { emptyBacklog } from './backlog.ts'
import { answerOn, createConnections } from './connections.ts'
import { headerLinesMax } from './header-lines.ts'
import { boundPrototypes } from './prototypes.ts'

export interface Listening {
  readonly url: string
  readonly port: number
  /** Connections that are open. */
  connections(): number
  /** Requests that wait for the answer to one before them on their connection. */
  pipelined(): number
  /** Connections that are not read now, since a turn of the event loop has read enough. */
  held(): number
  /** As of `Connections`. */
  holdNewcomers(): number
  /**
   * Accepts no connection any more; those there are go on. Newcomers are held until the close: whoever is answered connects
   * again, and other processes may accept still.
   */
  stopAccepting(): void
  /**
   * Accepts no connection any more, answers every request under way and those that still come on the connections there
   * are, then resolves; cuts what is left at `graceMs`.
   */
  close(graceMs: number): Promise<void>
}

/**
 * A client sends its next request on a connection that it believes to be kept alive. So an idle connection is given this
 * long to do so, and hears then that it is the last; only one that stays idle is closed without a word.
 */
const idleGraceMs = 2_000
/** Without any request for this long, nobody is about to send the next one: idle connections are closed at once. */
const quietMs = 1_000
/** Idle connections are looked for this often after that; a connection becomes idle when its answer is out. */
const idleCheckMs = 20

/** What a client may take of the server. Times are in milliseconds. */
export interface ClientLimits {
  readonly connectionsMax: number
  /** From a connection, or the first byte of a later request on it, to the end of the headers. */
  readonly headersTimeoutMs: number
  /** To the end of the body. */
  readonly requestTimeoutMs: number
  /** Without a byte in either direction while a request or an answer is under way. */
  readonly stalledMs: number
}

/** `context.timeoutMs` is how long an answer may take: a request that waits for it is not stalled. */
export function clientLimitsOf(config: {
  readonly http: { readonly connectionsMax: number }
  readonly context: { readonly timeoutMs: number }
}): ClientLimits {
  return {
    connectionsMax: config.http.connectionsMax,
    headersTimeoutMs: 10_000,
    requestTimeoutMs: 30_000,
    stalledMs: Math.max(60_000, 2 * config.context.timeoutMs),
  }
}

/** Late requests are looked for this often. */
const checkMs = 1_000
/** A proxy in front reuses a connection up to its own idle limit: ours must be the longer one. */
const keepAliveMs = 65_000

export interface Served {
  readonly app: Express
  readonly listener: RequestListener
  /** Told of a connection that the system could not hand over; those after it are accepted as ever. */
  readonly onLost?: (error: Error) => void
  /** A parent accepts the connections, and hands them over: those that it cannot hand to this one go to another. */
  readonly isHanded?: boolean
}

/** Listens, or throws `AppError('unreachable')` that says why the port cannot be had. */
export async function listen(
  { app, listener, onLost, isHanded = false }: Served,
  { host, port }: { host: string; port: number },
  limits: ClientLimits,
): Promise<Listening> {
  const server = createLimited({ app, listener }, limits)
  const connections = createConnections(limits.connectionsMax)
  const { open } = connections
  let isClosing = false
  let lastRequestMs = Number.NEGATIVE_INFINITY
  server.prependListener('request', ({ socket }, response) => {
    lastRequestMs = performance.now()
    if (isClosing && connections.lastAnswer(socket) === response) response.setHeader('Connection', 'close')
  })
  connections.guard(server)
  await start(server, host, port)
  const stopAccepting = () => {
    // The HTTP server's own close would cut idle connections, with a request on its way in some of them.
    if (server.listening) NetServer.prototype.close.call(server)
  }
  const closed = new Promise<void>((resolve) => server.once('close', resolve))
  // Without a listener it would end the process.
  server.on('error', (error) => onLost?.(error))
  const address = server.address() as AddressInfo
  const name = address.family === 'IPv6' ? `[${address.address}]` : address.address
  return {
    url: `http://${name}:${address.port}`,
    port: address.port,
    connections: () => open.size,
    pipelined: connections.pipelined,
    held: connections.held,
    holdNewcomers: connections.holdNewcomers,
    stopAccepting,
    close: async (graceMs) => {
      isClosing = true
      for (const socket of open) announceEnd(connections.lastAnswer(socket))
      if (server.listening && !isHanded) {
        connections.holdNewcomers()
        await emptyBacklog(server)
      }
      stopAccepting()
      connections.readAll()
      const isQuiet = connections.latecomers() === 0 && performance.now() - lastRequestMs > quietMs
      const leave = sendAway(server, open, { graceMs, idleGraceMs: isQuiet ? 0 : idleGraceMs })
      await closed
      leave()
      // What it runs beside its socket ends with its own close.
      server.close()
    },
  }
}

function createLimited({ app, listener }: Pick<Served, 'app' | 'listener'>, limits: ClientLimits): Server {
  const server = createServer(
    {
      ...boundPrototypes(app),
      keepAliveTimeout: keepAliveMs,
      headersTimeout: limits.headersTimeoutMs,
      requestTimeout: limits.requestTimeoutMs,
      connectionsCheckingInterval: Math.min(checkMs, limits.headersTimeoutMs),
    },
    listener,
  )
  server.timeout = limits.stalledMs
  server.maxHeadersCount = headerLinesMax
  return server
}

function start(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const onError = (error: Error) => reject(cannotListen(error, host, port))
    server.once('error', onError)
    server.listen({ host, port, backlog: 4096 }, () => {
      server.off('error', onError)
      resolve()
    })
  })
}

function cannotListen(error: NodeJS.ErrnoException, host: string, port: number): AppError {
  const why =
    error.code === 'EADDRINUSE'
      ? 'another program listens there. Stop it, or choose another port with --port'
      : error.code === 'EACCES'
        ? 'this user may not listen there. Choose a port from 1024 with --port'
        : `${messageOf(error)}. Choose another address with --host and --port`
  return new AppError('unreachable', `Cannot listen on ${host}:${port}: ${why}.`, { cause: error })
}

interface Graces {
  readonly graceMs: number
  readonly idleGraceMs: number
}

/** Closes connections that stay idle, and what is left at the end of the grace. The returned function ends that. */
function sendAway(server: Server, open: ReadonlySet<Socket>, { graceMs, idleGraceMs }: Graces): () => void {
  let sweep: NodeJS.Timeout | undefined
  const cut = setTimeout(() => server.closeAllConnections(), graceMs)
  const closeIdle = () => {
    // To Node, a connection is idle whose client still reads an answer that was handed over whole. It is waited for in any
    // case, and the idle ones with it.
    if (!isReadStill(open)) server.closeIdleConnections()
    // To Node, one that has sent nothing yet is not idle.
    for (const socket of open) if (socket.bytesRead === 0) socket.destroy()
  }
  const idle = setTimeout(() => {
    closeIdle()
    sweep = setInterval(closeIdle, idleCheckMs)
  }, idleGraceMs)
  return () => {
    for (const timer of [cut, idle, sweep]) clearTimeout(timer)
  }
}

/** Whether an answer that is written to its end has not gone out to it. */
function isReadStill(open: ReadonlySet<Socket>): boolean {
  for (const socket of open) if (answerOn(socket)?.writableEnded === true) return true
  return false
}

/**
 * An answer that was begun before the close says as well that it is the connection's last, if its head is not out yet. Of
 * several, those before the last must not: whoever is behind one that says so is not answered.
 */
function announceEnd(answer: ServerResponse | null): void {
  if (answer?.headersSent === false) answer.setHeader('Connection', 'close')
}
