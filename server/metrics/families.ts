import { claimOutcomes } from '../claims/claim.ts'
import {
  batchQueues,
  type CounterName,
  counterWords,
  type MetersRead,
  sizeBounds,
  timeBounds,
} from './meters.ts'
import type { TallyRow } from './tally.ts'

/** One metric of /metrics. Its samples are worked out when they are asked for. */
export interface Family {
  readonly name: string
  readonly help: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly labels: readonly string[]
  read(): Sample[]
}

export interface Sample {
  readonly value: number
  readonly labels: Readonly<Record<string, string | number>>
  /** For parts of a histogram: its name and `_bucket`, `_sum` or `_count`. */
  readonly metricName?: string
}

export interface FamilyParts {
  readonly meters: MetersRead
  readonly strategy: string
  /** Connections of clients that are open. */
  readonly connections: () => number
}

/** All metrics of our own. No label holds a name of a user or a coupon: there would be as many series as names. */
export function createFamilies(parts: FamilyParts): Family[] {
  return [...claimFamilies(parts), ...batchFamilies(parts), ...boundFamilies(parts), ...httpFamilies(parts)]
}

function claimFamilies({ meters, strategy }: FamilyParts): Family[] {
  const rows = claimOutcomes.map((outcome, row) => ({ labels: { strategy, outcome }, row }))
  const labels = ['strategy', 'outcome']
  const duration = 'coupon_claim_duration_seconds'
  return [
    {
      name: 'coupon_claims_total',
      help: 'Claims decided, by what was told. Requests that were refused before they became a claim are not in it.',
      type: 'counter',
      labels,
      read: () =>
        rows.map((each) => ({ labels: each.labels, value: meters.claimTimes.read(each.row).count })),
    },
    {
      name: duration,
      help: 'From a claim that is read and checked to its decision.',
      type: 'histogram',
      labels,
      read: () =>
        rows.flatMap((each) =>
          bucketSamples(duration, each.labels, timeBounds, meters.claimTimes.read(each.row)),
        ),
    },
    ...(Object.keys(counterWords) as CounterName[]).map(
      (name): Family => ({
        name,
        help: counterWords[name],
        type: 'counter',
        labels: [],
        read: () => [{ labels: {}, value: meters.counters.get(name)?.() ?? 0 }],
      }),
    ),
  ]
}

function batchFamilies({ meters }: FamilyParts): Family[] {
  const rows = batchQueues.map((queue, row) => ({ labels: { queue }, row }))
  const [size, wait] = ['coupon_batch_size', 'coupon_batch_wait_seconds']
  return [
    {
      name: size,
      help: 'How many were sent to the database together; `changes` are releases and confirmations.',
      type: 'histogram',
      labels: ['queue'],
      read: () =>
        rows.flatMap(({ labels, row }) =>
          bucketSamples(size, labels, sizeBounds, meters.batchSizes.read(row)),
        ),
    },
    {
      name: wait,
      help: 'How long the oldest of a batch had waited when it was sent.',
      type: 'histogram',
      labels: ['queue'],
      read: () =>
        rows.flatMap(({ labels, row }) =>
          bucketSamples(wait, labels, timeBounds, meters.batchWaits.read(row)),
        ),
    },
  ]
}

function boundFamilies({ meters }: FamilyParts): Family[] {
  const bounded = () => [...meters.bounded]
  const pools = () => [...meters.pools].map(([pool, read]) => ({ pool, ...read() }))
  return [
    {
      name: 'coupon_bounded_entries',
      help: 'How much there is of what has a limit: queues, caches, maps, pools.',
      type: 'gauge',
      labels: ['what'],
      read: () => bounded().map(([what, { size }]) => ({ labels: { what }, value: size() })),
    },
    {
      name: 'coupon_bounded_entries_max',
      help: 'The limit of that.',
      type: 'gauge',
      labels: ['what'],
      read: () => bounded().map(([what, { limit }]) => ({ labels: { what }, value: limit })),
    },
    {
      name: 'coupon_pool_connections',
      help: 'Connections to the database, idle and in use.',
      type: 'gauge',
      labels: ['pool', 'state'],
      read: () =>
        pools().flatMap(({ pool, total, idle }) => [
          { labels: { pool, state: 'idle' }, value: idle },
          { labels: { pool, state: 'used' }, value: total - idle },
        ]),
    },
    {
      name: 'coupon_pool_waiting',
      help: 'Who waits for a connection to the database, for `context.timeout` at most.',
      type: 'gauge',
      labels: ['pool'],
      read: () => pools().map(({ pool, waiting }) => ({ labels: { pool }, value: waiting })),
    },
  ]
}

function httpFamilies({ meters, connections }: FamilyParts): Family[] {
  return [
    {
      name: 'coupon_http_requests_total',
      help: 'Requests answered; `status` is `aborted` for a client that was gone before.',
      type: 'counter',
      labels: ['method', 'route', 'status'],
      read: () =>
        meters.requests.read().map(({ method, route, status, count }) => ({
          labels: { method, route, status: status === 0 ? 'aborted' : String(status) },
          value: count,
        })),
    },
    {
      name: 'coupon_http_connections',
      help: 'Connections of clients that are open; the limit is `http.connections_max`.',
      type: 'gauge',
      labels: [],
      read: () => [{ labels: {}, value: connections() }],
    },
  ]
}

/** None for a row without a value: most outcomes never happen, and each would be 16 lines. */
function bucketSamples(
  name: string,
  labels: Sample['labels'],
  bounds: readonly number[],
  { count, sum, upTo }: TallyRow,
): Sample[] {
  if (count === 0) return []
  const metricName = `${name}_bucket`
  return [
    ...upTo.map((value, n) => ({ metricName, labels: { le: bounds[n] ?? 0, ...labels }, value })),
    { metricName, labels: { le: '+Inf', ...labels }, value: count },
    { metricName: `${name}_sum`, labels, value: sum },
    { metricName: `${name}_count`, labels, value: count },
  ]
}
