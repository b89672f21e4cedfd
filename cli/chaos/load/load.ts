import { usernameOf } from '../../stress/usernames.ts'
import { childDraw, createDraw } from '../draw.ts'
import type { Draw } from '../fault.ts'
import { type Attempt, createHistory, type History, operationsMax } from '../history.ts'
import { type Asker, type AskerOptions, createAsker, type LoadServer } from './asker.ts'
import { createPace } from './pace.ts'
import { openSales, type SalesOptions } from './sales.ts'
import { drawScenario } from './scenarios.ts'
import { watchStalls } from './stalls.ts'
import { createVisitor, type Stage } from './visitor.ts'

export interface LoadOptions extends Pick<SalesOptions, 'makeCoupon'> {
  readonly servers: readonly LoadServer[]
  readonly apiPrefix: string
  /** The header `Authorization` of user_0, user_1 …: those who take part. Two at least. */
  readonly authorizations: readonly string[]
  /** What is done, by each client in its order; the network decides how they meet. */
  readonly seed: number
  /** Milliseconds since the run began. */
  nowMs(): number
  /** Is handed the history as lines of JSON, as it happens. */
  readonly write?: (line: string) => void
  readonly rate?: Partial<LoadRate>
}

export interface LoadRate {
  /** Visitors at a time, each waiting for its answers. */
  readonly clients: number
  /** Operations of all of them, a second, while all is well. */
  readonly operationsPerS: number
  readonly connectionsPerServer: number
  readonly retryAfterMaxMs: number
  readonly attemptTimeoutMs: number
  /** After the load is over, what has no answer yet is asked again for so long. */
  readonly patienceMs: number
  /** Then the crowd goes home. */
  readonly operationsMax: number
}

const usual: LoadRate = {
  clients: 64,
  operationsPerS: 250,
  connectionsPerServer: 64,
  retryAfterMaxMs: 300,
  attemptTimeoutMs: 15_000,
  patienceMs: 30_000,
  operationsMax,
}

/** Hears of an attempt that the database decided, and of when it was sent and answered. */
export type DecidedListener = (serverName: string, sentMs: number, endedMs: number) => void

/** A crowd at the sale. States: running -> finishing (what is open is asked until it has an answer) -> finished. */
export interface Load {
  readonly history: History
  /** The coupons on sale now: the one that never sells out first, then the one that does. */
  couponNames(): readonly string[]
  /** The returned function ends it. */
  onDecided(listener: DecidedListener): () => void
  /** Begins nothing any more. Resolves when every operation has its final answer, or the patience is over. */
  finish(): Promise<History>
  /** Ends at once, whatever is under way: it stays without an answer. */
  close(): Promise<void>
}

/** Resolves when the first coupons are made, and the crowd comes. */
export async function startLoad(options: LoadOptions): Promise<Load> {
  const { nowMs } = options
  const rate = { ...usual, ...options.rate }
  const draw = createDraw(options.seed)
  const history = createHistory(options.write ?? null)
  const decided = createDecided()
  const stopWatching = watchStalls(nowMs, history.noteStall)
  const users = options.authorizations.length
  const sales = await openSales({ ...options, users, prefix: 'CHAOS', draw: childDraw(draw) })
  const asker = openAsker(options, rate, { history, onEnded: decided.note })
  let isOver = false
  const stage: Stage = {
    servers: options.servers,
    sales,
    asker,
    pace: createPace(rate.operationsPerS, nowMs),
    isOver: () => isOver || history.operations.length >= rate.operationsMax,
    newKey: createKeys(),
  }
  const crowd = Promise.all(
    Array.from({ length: rate.clients }, () => visitAgainAndAgain(stage, childDraw(draw))),
  )
  // What went wrong is told by `finish`.
  crowd.catch(() => {})

  async function end(): Promise<History> {
    isOver = true
    try {
      await Promise.all([crowd, sales.close()])
    } finally {
      await asker.close()
      stopWatching()
    }
    return history
  }

  let ending: Promise<History> | undefined
  return {
    history,
    couponNames: sales.couponNames,
    onDecided: decided.listen,
    finish: () => {
      if (ending === undefined) asker.giveUpAt(nowMs() + rate.patienceMs)
      ending ??= end()
      return ending
    },
    close: async () => {
      asker.giveUpAt(nowMs())
      ending ??= end()
      await asker.close()
      await ending
    },
  }
}

function openAsker(
  { servers, apiPrefix, authorizations, nowMs }: LoadOptions,
  rate: LoadRate,
  parts: Pick<AskerOptions, 'history' | 'onEnded'>,
): Asker {
  const byName = new Map(authorizations.map((header, user) => [usernameOf(user), header]))
  const authorizationOf = (user: string) => byName.get(user) ?? ''
  return createAsker({ ...rate, ...parts, servers, apiPrefix, authorizationOf, nowMs })
}

async function visitAgainAndAgain(stage: Stage, draw: Draw): Promise<void> {
  while (!stage.isOver()) await drawScenario(draw)(createVisitor(stage, draw))
}

function createKeys(): () => string {
  let made = 0
  return () => {
    made += 1
    return `chaos-${made}`
  }
}

/** Answers that come from the database alone; "sold out" may be known without it. */
const decidedThere: readonly string[] = ['claimed', 'already_claimed', 'confirmed', 'released']

function createDecided() {
  const listeners = new Set<DecidedListener>()
  return {
    note: ({ server, sentMs, endedMs, answer }: Attempt) => {
      if (sentMs === null || endedMs === null || !decidedThere.includes(answer?.told ?? '')) return
      for (const listener of listeners) listener(server, sentMs, endedMs)
    },
    listen: (listener: DecidedListener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
