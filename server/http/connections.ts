import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { refuseUnread } from './unread.ts'
import { leaveUnwantedBody } from './unwanted-body.ts'

/**
 * The connections of clients. There are at most `max`: for one more, that which has been idle for longest is closed, whether it has
 * sent nothing yet, half a request, or many; and if none is idle, the newcomer is told 503.
 */
export interface Connections {
  /** In the order of their last requests. */
  readonly open: ReadonlySet<Socket>
  /** Requests that wait for the answer to one before them on their connection. */
  pipelined(): number
  /** Stands before what listens to the server's connections and requests by now. */
  guard(server: Server): void
}

/** On one connection. No browser sends a request behind one that is not answered, and load tools send up to 16. */
export const pipelinedMaxEach = 16
/** On all of them. */
export const pipelinedMax = 10_000

export function createConnections(max: number): Connections {
  const open = new Set<Socket>()
  const pipelinedOn = new Map<Socket, number>()
  let pipelined = 0

  /** False when there is no place for it. */
  function take(socket: Socket): boolean {
    if (open.size >= max) {
      const idle = firstIdle(open)
      if (idle === undefined) return false
      leave(idle)
      idle.destroy()
    }
    open.add(socket)
    socket.once('close', () => leave(socket))
    return true
  }

  function leave(socket: Socket): void {
    open.delete(socket)
    pipelined -= pipelinedOn.get(socket) ?? 0
    pipelinedOn.delete(socket)
  }

  /** False for a request that is one too many; the connection is cut, since its client sends and does not listen. */
  function takeRequest({ socket }: IncomingMessage, response: ServerResponse): boolean {
    // What was read together with the one too many.
    if (socket.destroyed) return false
    open.delete(socket)
    open.add(socket)
    // An answer has the socket from when it is its turn.
    if (response.socket !== null) return true
    const before = pipelinedOn.get(socket) ?? 0
    if (before >= pipelinedMaxEach || pipelined >= pipelinedMax) {
      socket.destroy()
      return false
    }
    pipelinedOn.set(socket, before + 1)
    pipelined += 1
    response.once('finish', () => {
      const left = pipelinedOn.get(socket)
      if (left === undefined) return
      pipelined -= 1
      if (left === 1) pipelinedOn.delete(socket)
      else pipelinedOn.set(socket, left - 1)
    })
    return true
  }

  return {
    open,
    pipelined: () => pipelined,
    guard: (server) => {
      const onConnection = server.listeners('connection') as ((socket: Socket) => void)[]
      const onRequest = server.listeners('request') as RequestListener[]
      server.removeAllListeners('connection').on('connection', (socket: Socket) => {
        if (take(socket)) for (const each of onConnection) each.call(server, socket)
        else refuseUnread(socket)
      })
      server.removeAllListeners('request').on('request', (request, response) => {
        if (!takeRequest(request, response)) return
        leaveUnwantedBody(request, response)
        for (const each of onRequest) each.call(server, request, response)
      })
    },
  }
}

function firstIdle(open: ReadonlySet<Socket>): Socket | undefined {
  for (const socket of open) if (answerOn(socket) === null) return socket
  return undefined
}

/** The answer under way on a connection, or null. */
export function answerOn(socket: Socket): ServerResponse | null {
  // Node's own name for it; without it, every connection would count as idle, and lose its answer when they are too many.
  const { _httpMessage: answer } = socket as Socket & { readonly _httpMessage?: ServerResponse | null }
  return answer ?? null
}
