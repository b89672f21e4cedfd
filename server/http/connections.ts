import type { RequestListener, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { refuseManyLines } from './header-lines.ts'
import { createPipelined } from './pipelined.ts'
import { createReads } from './reads.ts'
import { refuseUnread } from './unread.ts'
import { leaveUnwantedBody } from './unwanted-body.ts'

/**
 * The connections of clients. There are at most `max`: for one more, that which has been idle for longest is closed,
 * whether it has sent nothing yet, half a request, or many; and if none is idle, the newcomer is told 503.
 */
export interface Connections {
  /** In the order of their last requests. */
  readonly open: ReadonlySet<Socket>
  /** Requests that wait for the answer to one before them on their connection. */
  pipelined(): number
  /** Connections that are not read now, since a turn of the event loop has read enough. */
  held(): number
  /**
   * Reads none of those that come from now on, since the server is about to close; returns how many have come since it was first
   * called.
   */
  holdNewcomers(): number
  /** How many came so. */
  latecomers(): number
  /** Reads all of them, and holds none from then on: the server closes. */
  readAll(): void
  /** The answer after which a connection has no more to give by now; null when it is idle. */
  lastAnswer(socket: Socket): ServerResponse | null
  /** Stands before what listens to the server's connections and requests by now. */
  guard(server: Server): void
}

/** Requests that a turn of the event loop reads, more or less: 20 to 30 ms of a processor. A server at its top rate reads fewer. */
export const readsATurn = 512

export function createConnections(max: number): Connections {
  const open = new Set<Socket>()
  const pipelined = createPipelined()
  const reads = createReads(readsATurn, () => idleOf(open))
  const late = new Set<Socket>()
  let holdsNewcomers = false
  let latecomers = 0

  /** False when there is no place for it. */
  function take(socket: Socket): boolean {
    if (open.size >= max) {
      const idle = firstIdle()
      if (idle === undefined) return false
      leave(idle)
      idle.destroy()
    }
    open.add(socket)
    reads.join(socket)
    socket.once('close', () => leave(socket))
    return true
  }

  /** But for those that are held: what they were asked is not read yet. */
  function firstIdle(): Socket | undefined {
    for (const socket of idleOf(open)) if (!reads.holds(socket)) return socket
    return undefined
  }

  function leave(socket: Socket): void {
    open.delete(socket)
    pipelined.leave(socket)
    reads.leave(socket)
    late.delete(socket)
  }

  function holdBack(socket: Socket): void {
    late.add(socket)
    latecomers += 1
    // Node begins to read it at the end of this tick, paused or not.
    process.nextTick(() => {
      if (late.has(socket)) socket.pause()
    })
  }

  return {
    open,
    pipelined: pipelined.count,
    held: () => reads.held() + late.size,
    holdNewcomers: () => {
      holdsNewcomers = true
      return latecomers
    },
    latecomers: () => latecomers,
    readAll: () => {
      holdsNewcomers = false
      reads.close()
      for (const socket of late) socket.resume()
      late.clear()
    },
    lastAnswer: (socket) => pipelined.last(socket) ?? answerOn(socket),
    guard: (server) => {
      const onConnection = server.listeners('connection') as ((socket: Socket) => void)[]
      const onRequest = server.listeners('request') as RequestListener[]
      server.removeAllListeners('connection').on('connection', (socket: Socket) => {
        if (!take(socket)) return refuseUnread(socket)
        for (const each of onConnection) each.call(server, socket)
        if (holdsNewcomers) holdBack(socket)
      })
      server.removeAllListeners('request').on('request', (request, response) => {
        const { socket } = request
        if (open.delete(socket)) open.add(socket)
        if (response.socket !== null) reads.add(socket)
        pipelined.pass(request, response, () => {
          if (refuseManyLines(request, response)) return
          leaveUnwantedBody(request, response)
          for (const each of onRequest) each.call(server, request, response)
        })
      })
    },
  }
}

function* idleOf(open: ReadonlySet<Socket>): Iterable<Socket> {
  for (const socket of open) if (answerOn(socket) === null) yield socket
}

/** The answer under way on a connection, or null. */
export function answerOn(socket: Socket): ServerResponse | null {
  // Node's own name for it; without it, every connection would count as idle, and lose its answer when they are too many.
  const { _httpMessage: answer } = socket as Socket & { readonly _httpMessage?: ServerResponse | null }
  return answer ?? null
}
