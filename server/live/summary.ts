import { type Counted, claimKinds } from './counted.ts'
import { latencyBuckets } from './latency.ts'

/** What a process says of itself, as an admin sees it. */
export interface ProcessState {
  /** `host:pid`. */
  readonly id: string
  /** Its number among the workers of one server; null for a process that is alone. */
  readonly worker: number | null
  readonly strategy: string
  /** Claims that wait or, with `atomic` and `lock`, are under way; and how many may. */
  readonly queue: number
  readonly queue_limit: number
  /** Connections of the claims' pool in use: statements under way. */
  readonly in_flight: number
  /** Connections of clients. */
  readonly connections: number
  /** The longest that the event loop was held up since the last summary. */
  readonly event_loop_lag_ms: number
}

/** What one process tells all others, over Postgres. */
export interface Summary {
  /** Made when the process starts; unlike `id`, no two have the same. */
  readonly key: string
  readonly process: ProcessState
  /** Streams that it serves. One or more asks every process for summaries. */
  readonly watchers: number
  /** True in its last one. */
  readonly isLeaving: boolean
  /** Since its last summary. */
  readonly counted: Counted
}

/** Others are not understood: a rolling restart may have two versions side by side. */
const version = 1

/** Under 6 kB, also when every bucket has a count; NOTIFY takes 8,000 bytes. */
export function encodeSummary(summary: Summary): string {
  return JSON.stringify({ version, ...summary })
}

/** Null for whatever is no summary of this version: anybody who may use the database may send anything. */
export function decodeSummary(text: string): Summary | null {
  try {
    const summary = JSON.parse(text) as Summary & { readonly version?: unknown }
    return summary.version === version && isSummary(summary) ? summary : null
  } catch {
    return null
  }
}

function isSummary({ key, process, watchers, isLeaving, counted }: Summary): boolean {
  return (
    typeof key === 'string' &&
    typeof isLeaving === 'boolean' &&
    isCount(watchers) &&
    typeof process.id === 'string' &&
    typeof process.strategy === 'string' &&
    (process.worker === null || isCount(process.worker)) &&
    [process.queue, process.queue_limit, process.in_flight, process.connections].every(isCount) &&
    Number.isFinite(process.event_loop_lag_ms) &&
    isCounted(counted)
  )
}

function isCounted({ claims, releases, changes, latencies }: Counted): boolean {
  return (
    claims.length === claimKinds.length &&
    [...claims, ...latencies, releases, changes].every(isCount) &&
    latencies.length % 2 === 0 &&
    latencies.every((value, at) => at % 2 === 1 || value < latencyBuckets)
  )
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0
}
