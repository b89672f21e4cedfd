import { Socket } from 'node:net'
import { createAnswerWatch } from './answers.ts'
import { breakOff, createPipe, type Flow } from './pipe.ts'

/** One connection through a wire: two sockets. States: waiting -> joined -> closed. */
export interface Connection {
  /** Connects it to the server; once. */
  join(): void
  /** Delivers what may be delivered now. */
  run(): void
  reset(): void
}

export interface ConnectionParts {
  readonly client: Socket
  readonly server: { readonly host: string; readonly port: number }
  readonly toServer: Flow
  readonly toClient: Flow
  /** Whether bytes on their way to the server execute a statement whose answer can be lost. */
  readonly executes: (bytes: Buffer) => boolean
  /** Asked when an answer tells of a commit: whether this one is to be lost, with its connection. */
  readonly losesAnswer: () => boolean
  readonly onClosed: () => void
}

export function createConnection(parts: ConnectionParts): Connection {
  const { client, toServer, toClient, onClosed } = parts
  const server = new Socket({ allowHalfOpen: true })
  const watch = createAnswerWatch(parts.executes)
  const reset = () => {
    for (const socket of [client, server]) breakOff(socket)
  }
  let isJoined = false
  const passesToServer = (bytes: Buffer) => {
    watch.sent(bytes)
    return true
  }
  const passesToClient = (bytes: Buffer) => {
    if (!watch.tellsCommit(bytes) || !parts.losesAnswer()) return true
    reset()
    return false
  }
  const pipes = [
    createPipe({ from: client, to: server, flow: toServer, mayPass: passesToServer }),
    createPipe({ from: server, to: client, flow: toClient, mayPass: passesToClient }),
  ]
  for (const socket of [client, server]) {
    socket.setNoDelay(true)
    socket.on('close', () => {
      if (client.destroyed && (server.destroyed || !isJoined)) onClosed()
    })
  }
  return {
    join: () => {
      // As long as the server knows nothing of it, a client that has given up was never here.
      if (isJoined || client.destroyed) return
      isJoined = true
      server.connect(parts.server)
    },
    run: () => {
      for (const pipe of pipes) pipe.run()
    },
    reset,
  }
}
