import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Config } from '../config.ts'
import { connectPool, poolUse } from '../db/connect.ts'
import { liveConnections } from '../db/connections.ts'
import { listenTo } from '../db/listen.ts'
import type { Lifecycle } from '../lifecycle.ts'
import type { MetersRead } from '../metrics/meters.ts'
import { startBeat } from './beat.ts'
import type { Totals } from './counted.ts'
import { createLive } from './live.ts'
import { createPeers, peersMax } from './peers.ts'
import { createPublisher } from './publisher.ts'
import { couponsMax, createReadCurve, createReads } from './reads.ts'
import type { ProcessState } from './summary.ts'
import type { Live, ReadCurve } from './watch.ts'

export interface LiveOptions {
  readonly config: Pick<Config, 'claim' | 'context' | 'live'>
  readonly databaseUrl: string
  /** Its number among the workers of one server; null for a process that is alone. */
  readonly worker: number | null
  readonly onError: (error: unknown) => void
}

export interface LiveServerParts {
  readonly meters: MetersRead
  /** Connections of clients. */
  readonly connections: () => number
  readonly lifecycle: Lifecycle
}

/** What is seen of this server while it runs. */
export interface OpenedLive {
  readonly live: Live
  readonly readCurve: ReadCurve
  /** Where this process counts what it has done. */
  readonly totals: Totals
  /** Ends every stream: for a server that closes, since a stream never ends by itself. */
  drain(): void
}

/** Summaries of the processes go over this channel. */
const channel = 'coupon_live'
/** Told every so many milliseconds, and looked at a little later, when the summaries of all have come. */
const beatMs = 250
const lookAfterMs = 60

/** Opens the connections of their own that watching has, and begins to listen. */
export function openLive(options: LiveOptions, parts: LiveServerParts): OpenedLive {
  const { config, databaseUrl, onError } = options
  const { meters, lifecycle } = parts
  const { timeoutMs } = config.context
  const key = randomUUID()
  const peers = createPeers()
  const pool = connectPool(databaseUrl, { max: liveConnections, timeoutMs, purpose: 'live' })
  lifecycle.push('the pool of those who watch', () => pool.end())
  meters.pool('live', liveConnections, () => poolUse(pool))

  const watchersMax = config.live.watchersMax
  const announce = () => void publisher.tell()
  const live = createLive({ key, reads: createReads(pool), peers, watchersMax, announce, onError })
  const loop = watchEventLoop()
  lifecycle.push('the watch on the event loop', loop.stop)
  const describe = describer(options, parts, loop.lagMs)
  const listener = listenTo(databaseUrl, { channel, onNotice: live.hear, onGap: live.lose, timeoutMs })
  lifecycle.push('the listener of those who watch', () => listener.close())
  const send = (payload: string) => listener.notify(payload)
  const publisher = createPublisher({ key, describe, peers, watchers: live.watchers, send })

  const telling = startBeat({ everyMs: beatMs, offsetMs: 0, run: publisher.beat })
  const looking = startBeat({ everyMs: beatMs, offsetMs: lookAfterMs, run: live.pass })
  lifecycle.push('what is told to those who watch', async () => {
    live.drain()
    await Promise.all([telling.stop(), looking.stop()])
    await publisher.leave()
  })
  meters.watch('live_watchers', watchersMax, live.watchers)
  meters.watch('live_processes', peersMax, peers.size)
  meters.watch('live_coupons', couponsMax, live.coupons)
  return { live, readCurve: createReadCurve(pool), totals: publisher.totals, drain: live.drain }
}

/** Reads what is counted anyway, when it is asked. */
function describer(
  { config: { claim }, worker }: LiveOptions,
  { meters, connections }: LiveServerParts,
  lagMs: () => number,
): () => ProcessState {
  const id = `${hostname()}:${process.pid}`
  return () => {
    const queue = meters.bounded.get('claims_waiting') ?? meters.bounded.get('claims_open')
    const use = meters.pools.get('claims')?.()
    return {
      id,
      worker,
      strategy: claim.strategy,
      queue: queue?.size() ?? 0,
      queue_limit: claim.queueSizeMax,
      in_flight: use === undefined ? 0 : use.total - use.idle,
      connections: connections(),
      event_loop_lag_ms: lagMs(),
    }
  }
}

/** How often the event loop is looked at; what a look was late by is the lag. */
const loopEveryMs = 20

function watchEventLoop() {
  const delays = monitorEventLoopDelay({ resolution: loopEveryMs })
  delays.enable()
  return {
    /** The longest lag since the last time, in whole milliseconds. */
    lagMs: () => {
      const lagMs = Math.max(0, Math.round(delays.max / 1e6) - loopEveryMs)
      delays.reset()
      return lagMs
    },
    stop: () => delays.disable(),
  }
}
