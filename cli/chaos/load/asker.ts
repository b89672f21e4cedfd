import { setTimeout as sleep } from 'node:timers/promises'
import type { Draw } from '../fault.ts'
import type { Attempt, GrowingHistory, Operation, Wish } from '../history.ts'
import { readAnswer } from './answer.ts'
import { type Connections, createConnections } from './connections.ts'
import { requestOf } from './request.ts'

export interface LoadServer {
  readonly name: string
  /** Origin, without a slash at its end. */
  readonly url: string
}

/** Asks for one thing as the documentation tells clients to: again, with the same key, until the answer is final. */
export interface Asker {
  /**
   * Resolves to the operation, whose `final` is null when the patience was over before. `first`: the server of the
   * first attempt.
   */
  ask(wish: Wish, by: { readonly draw: Draw; readonly first?: LoadServer }): Promise<Operation>
  /** From now on nothing is asked again after this moment of the run. */
  giveUpAt(ms: number): void
  close(): Promise<void>
}

export interface AskerOptions {
  readonly servers: readonly LoadServer[]
  readonly connectionsPerServer: number
  readonly apiPrefix: string
  /** The header `Authorization` of a username. */
  readonly authorizationOf: (user: string) => string
  readonly history: GrowingHistory
  /** A client asks again after `Retry-After`, but not later than this. */
  readonly retryAfterMaxMs: number
  /** A request without an answer for so long is given up, with its connection. */
  readonly attemptTimeoutMs: number
  nowMs(): number
  onEnded(attempt: Attempt): void
}

/** After a failure without an answer, and after a refusal that names no time. */
const pauseMs = { min: 20, max: 120 }

export function createAsker(options: AskerOptions): Asker {
  const { servers, history, nowMs, attemptTimeoutMs } = options
  const connections = new Map<string, Connections>(
    servers.map(({ name, url }) => [name, createConnections(url, options.connectionsPerServer)]),
  )
  let giveUpMs = Number.POSITIVE_INFINITY

  async function attempt(operation: Operation, server: LoadServer): Promise<Attempt> {
    const made = history.ask(operation, { server: server.name, nowMs: nowMs() })
    const request = requestOf(operation, options.apiPrefix, options.authorizationOf(operation.user))
    const exchange = await connections.get(server.name)?.send(request, {
      timeoutMs: attemptTimeoutMs,
      onSent: (sinceLastMs) => history.markSent(made, { nowMs: nowMs(), sinceLastMs }),
    })
    history.markEnded(operation, made, {
      nowMs: nowMs(),
      answer: exchange?.answer ? readAnswer(operation.kind, exchange.answer) : null,
      failure: exchange?.failure ?? null,
    })
    options.onEnded(made)
    return made
  }

  function pauseAfter({ answer }: Attempt, draw: Draw): number {
    const jitterMs = draw.between(pauseMs.min, pauseMs.max)
    return Math.min((answer?.retryAfterS ?? 0) * 1000, options.retryAfterMaxMs) + jitterMs
  }

  return {
    ask: async (wish, { draw, first = draw.pick(servers) }) => {
      const operation = history.begin(wish)
      let turn = servers.indexOf(first)
      for (;;) {
        const made = await attempt(operation, servers[turn % servers.length] ?? first)
        if (operation.final !== null) return operation
        const waitMs = pauseAfter(made, draw)
        if (nowMs() + waitMs >= giveUpMs) return operation
        await sleep(waitMs)
        // Another server, if there is one, does as well.
        turn += 1
      }
    },
    giveUpAt: (ms) => {
      giveUpMs = ms
    },
    close: async () => {
      await Promise.all([...connections.values()].map((each) => each.close()))
    },
  }
}
