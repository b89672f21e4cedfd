import { once } from 'node:events'
import { type AddressInfo, createServer, Socket } from 'node:net'
import type { Wire } from '../world.ts'
import { createAnswerWatch } from './answers.ts'
import { createPipe, type Flow } from './pipe.ts'

export interface OpenWire extends Wire {
  /** Of 127.0.0.1, where it listens. */
  readonly port: number
  /** Answers that were lost so far. */
  lostAnswers(): number
  /**
   * As a wire's; to what is sent with one of these texts in it, if they are given. Each message that executes a prepared
   * statement holds its name with a zero byte after it.
   */
  loseAnswers(times: number, texts?: readonly string[]): void
  /** No answer passes, while what is sent to the server still does; until it is healed. */
  mute(): void
  close(): Promise<void>
}

export interface WireOptions {
  /** Where it leads. */
  readonly host: string
  readonly port: number
}

/** The names of the prepared statements that make and change claims. */
export const changingStatements = ['claim_batch', 'release_claims', 'confirm_claims'] as const

const textsOfChanges = changingStatements.map((name) => `${name}\0`)

/** One connection through the wire: two sockets. */
interface Connection {
  /** Connects it to the server; once. */
  join(): void
  run(): void
  reset(): void
}

/**
 * A TCP proxy on the loopback interface, with the back-pressure of a real one: who sends too fast has to wait.
 */
export async function openWire({ host, port }: WireOptions): Promise<OpenWire> {
  const toServer: Flow = { isStopped: false, delayMs: 0 }
  const toClient: Flow = { isStopped: false, delayMs: 0 }
  const connections = new Set<Connection>()
  let texts: readonly Buffer[] = []
  let losesMore = 0
  let lost = 0

  function connect(client: Socket): Connection {
    const server = new Socket({ allowHalfOpen: true })
    let isJoined = false
    const watch = createAnswerWatch((bytes) => texts.some((text) => bytes.includes(text)))
    const pipes = [
      createPipe({
        from: client,
        to: server,
        flow: toServer,
        mayPass: (bytes) => {
          watch.sent(bytes)
          return true
        },
      }),
      createPipe({ from: server, to: client, flow: toClient, mayPass: (bytes) => !loses(bytes) }),
    ]
    const connection: Connection = {
      join: () => {
        // As long as the server knows nothing of it, a client that has given up was never here.
        if (isJoined || client.destroyed) return
        isJoined = true
        server.connect({ host, port })
      },
      run: () => {
        for (const pipe of pipes) pipe.run()
      },
      reset: () => {
        for (const socket of [client, server]) socket.resetAndDestroy()
      },
    }

    function loses(bytes: Buffer): boolean {
      if (!watch.tellsCommit(bytes) || losesMore === 0) return false
      losesMore -= 1
      lost += 1
      connection.reset()
      return true
    }

    for (const socket of [client, server]) {
      socket.setNoDelay(true)
      socket.on('close', () => {
        if (client.destroyed && (server.destroyed || !isJoined)) connections.delete(connection)
      })
    }
    return connection
  }

  const listener = createServer({ allowHalfOpen: true }, (client) => {
    const connection = connect(client)
    connections.add(connection)
    if (!toServer.isStopped) connection.join()
  })
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')

  function runAll(): void {
    for (const connection of connections) {
      if (!toServer.isStopped) connection.join()
      connection.run()
    }
  }

  return {
    port: (listener.address() as AddressInfo).port,
    lostAnswers: () => lost,
    cut: () => {
      for (const connection of connections) connection.reset()
    },
    freeze: () => {
      toServer.isStopped = true
      toClient.isStopped = true
    },
    mute: () => {
      toClient.isStopped = true
    },
    delay: (ms) => {
      for (const flow of [toServer, toClient]) flow.delayMs = ms
    },
    loseAnswers: (times, those = textsOfChanges) => {
      texts = those.map((text) => Buffer.from(text))
      losesMore = times
    },
    heal: () => {
      losesMore = 0
      texts = []
      for (const flow of [toServer, toClient]) {
        flow.isStopped = false
        flow.delayMs = 0
      }
      runAll()
    },
    close: () =>
      new Promise((resolve) => {
        listener.close(() => resolve())
        for (const connection of connections) connection.reset()
      }),
  }
}
