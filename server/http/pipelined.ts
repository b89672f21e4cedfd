import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** On one connection. No browser sends a request behind one that is not answered, and load tools send up to 16. */
export const pipelinedMaxEach = 16
/** On all of them. */
export const pipelinedMax = 10_000
/** For so long they are handled in a turn of the event loop, over all connections. */
const turnMs = 1

/**
 * Requests behind another one on their connection that is not answered yet. Hundreds of them may come in one piece, so
 * they are handled a few a turn, and those on a connection that was cut meanwhile are not handled at all.
 */
export interface Pipelined {
  /**
   * Handles a request, at once if there is none before it; or cuts its connection, since its client sends and does not
   * listen.
   */
  pass(request: IncomingMessage, response: ServerResponse, handle: () => void): void
  count(): number
  /** The answer to the last request that waits on a connection; undefined when none does. */
  last(socket: Socket): ServerResponse | undefined
  leave(socket: Socket): void
}

export function createPipelined(): Pipelined {
  /** The answers to those that wait, in their order; at most `pipelinedMaxEach` a connection. */
  const waitingOn = new Map<Socket, Set<ServerResponse>>()
  const held: (() => void)[] = []
  let count = 0

  function add(socket: Socket, response: ServerResponse): void {
    const waiting = waitingOn.get(socket) ?? new Set()
    waitingOn.set(socket, waiting.add(response))
    count += 1
    response.once('finish', () => {
      if (waitingOn.get(socket) !== waiting) return
      waiting.delete(response)
      count -= 1
      if (waiting.size === 0) waitingOn.delete(socket)
    })
  }

  function handleSome(): void {
    const endMs = performance.now() + turnMs
    do held.shift()?.()
    while (held.length > 0 && performance.now() < endMs)
    if (held.length > 0) setImmediate(handleSome)
  }

  return {
    count: () => count,
    pass: ({ socket }, response, handle) => {
      // What was read together with the one too many.
      if (socket.destroyed) return
      // An answer has the socket from when it is its turn.
      if (response.socket !== null) return handle()
      if ((waitingOn.get(socket)?.size ?? 0) >= pipelinedMaxEach || count >= pipelinedMax) return cut(socket)
      add(socket, response)
      if (held.length === 0) setImmediate(handleSome)
      held.push(() => {
        if (!socket.destroyed) handle()
      })
    },
    last: (socket) => [...(waitingOn.get(socket) ?? [])].at(-1),
    leave: (socket) => {
      count -= waitingOn.get(socket)?.size ?? 0
      waitingOn.delete(socket)
    },
  }
}

/** What else was read of it is not parsed: Node would make a request of each, only to have it thrown away. */
function cut(socket: Socket): void {
  // Node's own name for what its parser asks at the end of each head; without it, only time is lost.
  const { parser } = socket as Socket & { readonly parser?: { onIncoming?: () => number } | null }
  if (parser?.onIncoming !== undefined) parser.onIncoming = () => stopParsing
  withoutStacks(socket)
  socket.destroy()
}

/** An answer that the parser knows for a protocol that is not HTTP: it ends there. */
const stopParsing = 2

/** When a connection closes, Node makes an error for each request that it had begun: the stacks are most of their cost. */
function withoutStacks(socket: Socket): void {
  let { stackTraceLimit } = Error
  socket.prependOnceListener('close', () => {
    stackTraceLimit = Error.stackTraceLimit
    Error.stackTraceLimit = 0
  })
  socket.once('close', () => {
    Error.stackTraceLimit = stackTraceLimit
  })
}
