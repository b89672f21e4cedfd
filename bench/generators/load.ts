import type { Stream } from './stream.ts'

export const tools = ['autocannon', 'driver', 'pacer', 'storm', 'flood', 'newcomers'] as const

/**
 * `autocannon`, and `driver`, the closed model of `coupon stress`, send as fast as they are answered; `pacer`, its open
 * model, sends at a given rate, whether or not it is answered. `storm` is the whole of its engine, in either model. `flood` and
 * `newcomers` send over bare sockets, to a server that has too much to do.
 */
export type Tool = (typeof tools)[number]

/** What a generator is asked to send. */
export interface Load {
  readonly tool: Tool
  readonly url: string
  readonly stream: Stream
  readonly requests: number
  readonly connections: number
  /** What each user's access token is signed with; null to send none. */
  readonly secret: string | null
  /** For the pacer, and for a storm in the open model: requests a second; 0 for the closed one. */
  readonly ratePerS: number
  /** For a flood: how long it sends, at most; without end when it is not said. */
  readonly seconds?: number
}

/** What came of it. */
export interface LoadResult {
  /** From the first request to the last answer. */
  readonly durationMs: number
  readonly answered: {
    /** With 200. */
    readonly won: number
    /** With any other status below 500. */
    readonly refused: number
    /** With 5xx, or not at all. */
    readonly failed: number
  }
  readonly latencyMs: { readonly p50: number; readonly p99: number; readonly max: number }
  /** Of answers with 503 alone; by `flood` and `newcomers`, whose `latencyMs` is of what won. */
  readonly shedMs?: { readonly p50: number; readonly p99: number; readonly max: number }
  /** By the same: claims of which nobody was told whether they are stored. */
  readonly unknown?: number
  /** Processor time of the generator over its time: 1 is a whole core. */
  readonly cpuShare: number
  /** Answers in each whole second since the first request; not by autocannon, and of a flood what won. */
  readonly answersEachS: readonly number[]
}

export const claimPath = '/api/coupons/claim'

/** What a tool measures; the process it runs in adds its own processor time. */
export type Measured = Omit<LoadResult, 'cpuShare'> & {
  /** `process.cpuUsage()` at the first request and at the last answer, in microseconds of both kinds. */
  readonly cpuUs: number
}

export function cpuNowUs(): number {
  const { user, system } = process.cpuUsage()
  return user + system
}
