import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import type { Wire } from '../world.ts'
import { type Connection, createConnection } from './connection.ts'
import type { Flow } from './pipe.ts'

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

/** The names of the statements that make and change claims. */
export const changingStatements = ['claim_batch', 'claim_fenced', 'release_claims', 'confirm_claims'] as const

/** A prepared one is executed by its name; one that is sent again without a name has it in its comment. */
const textsOfChanges = changingStatements.flatMap((name) => [`${name}\0`, `action='${name}'`])

/**
 * A TCP proxy on the loopback interface, with the back-pressure of a real one: who sends too fast has to wait.
 */
export async function openWire({ host, port }: WireOptions): Promise<OpenWire> {
  const toServer: Flow = { isStopped: false, delayMs: 0 }
  const toClient: Flow = { isStopped: false, delayMs: 0 }
  const connections = new Set<Connection>()
  const losses = createLosses()

  const listener = createServer({ allowHalfOpen: true }, (client) => {
    const connection = createConnection({
      ...{ client, server: { host, port }, toServer, toClient },
      executes: losses.executes,
      losesAnswer: losses.take,
      onClosed: () => connections.delete(connection),
    })
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
    lostAnswers: losses.taken,
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
    loseAnswers: (times, texts = textsOfChanges) => losses.arm(times, texts),
    heal: () => {
      losses.arm(0, [])
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

/** How many answers are still to be lost, and to which statements. */
function createLosses() {
  let texts: readonly Buffer[] = []
  let left = 0
  let taken = 0
  return {
    arm: (times: number, statements: readonly string[]) => {
      texts = statements.map((text) => Buffer.from(text))
      left = times
    },
    executes: (bytes: Buffer) => texts.some((text) => bytes.includes(text)),
    /** Whether this one is. */
    take: () => {
      if (left === 0) return false
      left -= 1
      taken += 1
      return true
    },
    taken: () => taken,
  }
}
