import { type ClaimOutcome, claimOutcomes } from '../claims/claim.ts'
import type { Bounded, Watch } from './bounded.ts'
import { createRequestTally, type RequestTally } from './requests.ts'
import { createTally, type Tally } from './tally.ts'

/** In which a batch is sent; releases and confirmations share one. */
export const batchQueues = ['claims', 'changes'] as const

export type BatchQueue = (typeof batchQueues)[number]

export type ObserveBatch = (batchSize: number, waitedMs: number) => void

/** What the parts of a server hand in. Nothing here waits, and nothing on the way of a claim allocates. */
export interface Meters {
  readonly requests: RequestTally
  readonly watch: Watch
  claim(outcome: ClaimOutcome, tookMs: number): void
  observeBatches(queue: BatchQueue): ObserveBatch
  /** A number that only grows, and how to read it. */
  count(name: CounterName, read: () => number): void
  /** A pool of connections, by its name in /metrics; its size is watched as `pool_…` as well. */
  pool(name: PoolName, limit: number, read: () => PoolUse): void
}

export const counterWords = {
  coupon_sold_out_hits_total: 'Claims told "sold out" without the database.',
  coupon_overload_refusals_total: 'Claims told 503 unread, since they could not be answered in time.',
  coupon_joined_claims_total: 'Claims that waited for the first one with their Idempotency-Key.',
  coupon_slow_statements_total: 'Statements that took longer than `log.slow_statement`.',
} as const

export type CounterName = keyof typeof counterWords

export type PoolName = 'claims' | 'models' | 'probe' | 'live'

export interface PoolUse {
  readonly total: number
  readonly idle: number
  /** Who waits for a connection. */
  readonly waiting: number
}

/** The same, and what was handed in. */
export interface MetersRead extends Meters {
  readonly claimTimes: Tally
  readonly batchSizes: Tally
  readonly batchWaits: Tally
  readonly bounded: ReadonlyMap<Bounded, { readonly limit: number; readonly size: () => number }>
  readonly counters: ReadonlyMap<CounterName, () => number>
  readonly pools: ReadonlyMap<PoolName, () => PoolUse>
}

/** In seconds. */
export const timeBounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
export const sizeBounds = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000]

const rowOf = Object.fromEntries(claimOutcomes.map((outcome, row) => [outcome, row])) as Readonly<
  Record<ClaimOutcome, number>
>

export function createMeters(): MetersRead {
  const claimTimes = createTally(claimOutcomes.length, timeBounds)
  const batchSizes = createTally(batchQueues.length, sizeBounds)
  const batchWaits = createTally(batchQueues.length, timeBounds)
  const bounded = new Map<Bounded, { limit: number; size: () => number }>()
  const counters = new Map<CounterName, () => number>()
  const pools = new Map<PoolName, () => PoolUse>()
  const requests = createRequestTally()
  const watch: Watch = (what, limit, size) => {
    bounded.set(what, { limit, size })
  }
  watch('request_counters', requests.pairsMax, () => requests.pairs())
  return {
    requests,
    watch,
    claim: (outcome, tookMs) => claimTimes.add(rowOf[outcome], tookMs / 1000),
    observeBatches: (queue) => {
      const row = batchQueues.indexOf(queue)
      return (batchSize, waitedMs) => {
        batchSizes.add(row, batchSize)
        batchWaits.add(row, waitedMs / 1000)
      }
    },
    count: (name, read) => {
      counters.set(name, read)
    },
    pool: (name, limit, read) => {
      pools.set(name, read)
      watch(`pool_${name}`, limit, () => read().total)
    },
    claimTimes,
    batchSizes,
    batchWaits,
    bounded,
    counters,
    pools,
  }
}
