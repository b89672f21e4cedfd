import type { Tick } from './events.ts'

/** Columns of equal length, oldest first: what a chart is drawn of. */
export interface TimelineColumns {
  /** Seconds since 1970. */
  readonly at: number[]
  /** A second. */
  readonly claimed: number[]
  readonly rejected: number[]
  readonly p50Ms: (number | null)[]
  readonly p99Ms: (number | null)[]
}

export interface Rates {
  readonly claimed: number
  readonly rejected: number
  readonly p50Ms: number | null
  readonly p99Ms: number | null
}

export interface Timeline {
  push(tick: Tick): void
  clear(): void
  columns(): TimelineColumns
  /** Of the last second before `nowMs`, by the clock of the server; all zero when nothing came in it. */
  rates(): Rates
}

interface Second {
  at: number
  seconds: number
  claimed: number
  rejected: number
  /** p50 by claims, to be divided by them: medians cannot be merged exactly. */
  p50Sum: number
  timed: number
  p99Ms: number | null
}

/** The last two minutes by seconds, and the last ticks for the figures of now. Bounded by both. */
export function createTimeline(secondsMax = 120, ticksMax = 8): Timeline {
  const seconds: Second[] = []
  const ticks: Tick[] = []

  return {
    push(tick) {
      ticks.push(tick)
      if (ticks.length > ticksMax) ticks.shift()
      // By its middle: an interval that ends with a second belongs to it.
      const at = Math.floor((tick.at - tick.seconds * 500) / 1000)
      const last = seconds.at(-1)
      if (last?.at === at) add(last, tick)
      // One that comes late, after the clock of the server was put back, has no place.
      else if (last === undefined || last.at < at) seconds.push(add(emptySecond(at), tick))
      if (seconds.length > secondsMax) seconds.shift()
    },
    clear() {
      seconds.length = 0
      ticks.length = 0
    },
    columns: () => ({
      at: seconds.map((second) => second.at),
      claimed: seconds.map((second) => second.claimed / second.seconds),
      rejected: seconds.map((second) => second.rejected / second.seconds),
      p50Ms: seconds.map(medianOf),
      p99Ms: seconds.map((second) => second.p99Ms),
    }),
    rates() {
      const newest = ticks.at(-1)
      if (newest === undefined) return { claimed: 0, rejected: 0, p50Ms: null, p99Ms: null }
      const now = emptySecond(newest.at)
      for (const tick of ticks) if (tick.at > newest.at - 1000) add(now, tick)
      return {
        claimed: now.claimed / now.seconds,
        rejected: now.rejected / now.seconds,
        p50Ms: medianOf(now),
        p99Ms: now.p99Ms,
      }
    },
  }
}

function emptySecond(at: number): Second {
  return { at, seconds: 0, claimed: 0, rejected: 0, p50Sum: 0, timed: 0, p99Ms: null }
}

function add(second: Second, { seconds, claims, latency_ms: { p50, p99 } }: Tick): Second {
  const rejected = claims.sold_out + claims.already_claimed + claims.other
  const count = claims.claimed + rejected
  second.seconds += Math.max(seconds, 0.001)
  second.claimed += claims.claimed
  second.rejected += rejected
  if (p50 !== null && count > 0) {
    second.p50Sum += p50 * count
    second.timed += count
  }
  if (p99 !== null) second.p99Ms = Math.max(second.p99Ms ?? 0, p99)
  return second
}

function medianOf({ p50Sum, timed }: Second): number | null {
  return timed === 0 ? null : p50Sum / timed
}
