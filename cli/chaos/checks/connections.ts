import type { FaultName, FaultWindow } from '../fault.ts'
import { type Attempt, type Stall, stalledMs } from '../history.ts'
import type { Books } from './books.ts'
import { atS, type Fault } from './evidence.ts'

/**
 * A connection that was used so short a time ago is closed by no server that knows its trade: one that stops leaves those
 * that are kept alive for 2 s, or for as long as there has been no request for 1 s.
 */
const warmMs = 900
/** What a killed server leaves behind may be noticed so late. */
const noticedMs = 500

/**
 * A request that a server had accepted was not answered. Accepted is, for certain, what was sent on a connection on which
 * a request had been sent less than 0.9 s before: only a killed server may lose it, and a killed worker what it had at that moment. A
 * stopping server may also lose the first request on a connection, which it need not have accepted, and the next on one that has long been
 * idle, which may cross with its end on the wire; a rolling restart the latter alone; and nothing else may lose any, or refuse a connection.
 * What had no answer in time is not counted here but as late.
 */
export function* lost({ history, windows }: Books): Generator<Fault> {
  const excused = { windows, stalls: history.stalls }
  for (const operation of history.operations) {
    for (const attempt of operation.attempts) {
      const { server, failure, sentMs, askedMs, endedMs } = attempt
      if (failure === null || failure === 'timeout' || isExcused(attempt, excused)) continue
      const how =
        sentMs === null ? 'could not be sent' : `was sent at ${atS(sentMs)} on ${connectionOf(attempt)}`
      const what = `${operation.user}'s ${operation.kind}, asked of ${server} at ${atS(askedMs)}`
      yield { sentence: `${what}, ${how} and failed at ${atS(endedMs ?? askedMs)}: ${failure}.`, operation }
    }
  }
}

interface Excuses {
  readonly windows: readonly FaultWindow[]
  readonly stalls: readonly Stall[]
}

function isExcused(attempt: Attempt, { windows, stalls }: Excuses): boolean {
  const by = excuses(attempt)
  const { sentMs, askedMs, endedMs, server } = attempt
  const [fromMs, toMs] = [sentMs ?? askedMs, endedMs ?? Number.POSITIVE_INFINITY]
  return windows.some((window) => {
    const { fault, servers, injectedMs, effectiveMs, healedMs } = window
    if (!by.includes(fault) || !servers.includes(server) || toMs < injectedMs) return false
    // Its connections end with a worker, and all that comes after is another's.
    if (fault === 'worker_kill') return toMs - stalledMs(stalls, effectiveMs, toMs) <= effectiveMs + noticedMs
    return fromMs <= healedMs + noticedMs
  })
}

/** A connection that is refused is nobody's but a server's that is gone: the workers that are left take all. */
function excuses({ sentMs, sinceLastMs }: Attempt): readonly FaultName[] {
  if (sentMs === null) return ['server_kill', 'server_stop']
  if (sinceLastMs === null) return ['server_kill', 'server_stop', 'worker_kill']
  if (sinceLastMs < warmMs) return ['server_kill', 'worker_kill']
  return ['server_kill', 'server_stop', 'worker_kill', 'rolling_restart']
}

function connectionOf({ sinceLastMs }: Attempt): string {
  if (sinceLastMs === null) return 'a new connection'
  return `a connection used ${atS(sinceLastMs)} before`
}
