import type { OutcomeName } from '../outcomes.ts'
import type { Check } from '../proof/checks.ts'
import type { LoadShape, Mix } from '../shape.ts'

/**
 * The document of `--json`, of which every other form of the report is made; docs/stress-report.schema.json describes
 * it. Times are milliseconds with up to three decimals, unless the name says otherwise; rates are per second.
 * A change that breaks readers raises `version`.
 */
export interface StressDocument {
  readonly format: 'coupon-stress-report'
  readonly version: 1
  /** ISO 8601, when the first run began. */
  readonly created_at: string
  /** The command that does the same again, without any secret. */
  readonly command: string
  readonly tool: { readonly name: 'coupon'; readonly version: string }
  readonly environment: StressEnvironment
  readonly plan: DocumentPlan
  /** One for each repeat and strategy, in the order in which they ran. */
  readonly runs: readonly StressRun[]
  /** One for each strategy (or for the one server), in the order of `--compare`. */
  readonly summary: readonly RunSummary[]
  readonly thresholds: readonly ThresholdResult[]
  /** Every check of every run. */
  readonly passed: boolean
}

/** Null where it is not known. */
export interface StressEnvironment {
  readonly node: string
  readonly os: string
  readonly cpu: string | null
  readonly cpus: number
  readonly memory_gb: number
  readonly postgres: string | null
  readonly redis: string | null
}

export interface DocumentPlan {
  readonly url: string | null
  readonly load: LoadShape
  readonly users: number
  /** Units of each coupon. */
  readonly quota: number
  readonly attempts: number
  readonly coupons: number
  readonly mix: Mix
  readonly duplicates: number
  readonly abandon: number
  readonly connections: number
  readonly is_cold: boolean
  readonly threads: number
  readonly warmup_s: number
  readonly repeat: number
  readonly seed: number
  readonly strategies: readonly string[]
}

export interface StressRun {
  /** From 0. */
  readonly repeat: number
  /** Null when the server does not say. */
  readonly strategy: string | null
  readonly url: string
  readonly auth: 'signed' | 'login' | 'open'
  readonly evidence: 'database' | 'api'
  readonly seed: number
  /** Names, in their order; with many of them the first three stand for all. */
  readonly coupons: readonly string[]
  /** Units in stock when the run began, over all coupons. */
  readonly stock_before: number
  readonly stock_after: number
  /** True when Ctrl-C ended it: what had been sent by then is measured and proved. */
  readonly interrupted: boolean
  readonly requests: RequestCounts
  readonly outcomes: Readonly<Record<OutcomeName, number>>
  /** From the start to the last answer; of an open model that was not interrupted, at least its planned time. */
  readonly duration_s: number
  readonly throughput: Throughput
  /** From the intended moment to the answer; in a closed model from the moment at which a connection took the request. */
  readonly latency_ms: LatencyByOutcome
  /** From the write to the answer; in an open model beside the latency, null in a closed one, where it is the same. */
  readonly service_ms: LatencyByOutcome | null
  /** Of `all` first; each over the same bounds. Empty when nothing was answered. */
  readonly histograms: readonly OutcomeHistogram[]
  readonly timeline: Timeline
  readonly errors: readonly StressError[]
  readonly generator: GeneratorFigures
  readonly checks: readonly Check[]
  /** Units that could have been handed out and were not, and units handed out beyond the stock. */
  readonly undersold: number
  readonly oversold: number
  readonly passed: boolean
}

export interface RequestCounts {
  readonly planned: number
  readonly sent: number
  readonly finished: number
  /** Sent more than 10 ms after they were meant to be, for want of a free connection. */
  readonly late: number
  /** Never sent: no connection was free within 5 s of the intended moment. */
  readonly dropped: number
  /** Releases that found nothing to give back. */
  readonly skipped: number
  /** Of those that were sent: the second click. */
  readonly duplicates: number
}

/** Over `duration_s`. */
export interface Throughput {
  /** Of an open model: over its whole time; null in a closed one. */
  readonly configured_per_s: number | null
  /** Requests that came to an end. */
  readonly requests_per_s: number
  readonly claims_per_s: number
}

/** Null where nothing ended so; always null for `abandoned`, which has no answer to wait for and is not in `all`. */
export type LatencyByOutcome = Readonly<Record<OutcomeName | 'all', LatencySummary | null>>

/** The figures of a latency, in the order in which tables show them. */
export const latencyFigures = [
  'min',
  'mean',
  'p50',
  'p90',
  'p95',
  'p99',
  'p99_9',
  'max',
] as const satisfies readonly (keyof LatencySummary)[]

/** Milliseconds. */
export interface LatencySummary {
  readonly min: number
  readonly mean: number
  readonly p50: number
  readonly p90: number
  readonly p95: number
  readonly p99: number
  readonly p99_9: number
  readonly max: number
}

/** Of one outcome that came up, or of all together. */
export interface OutcomeHistogram {
  readonly outcome: OutcomeName | 'all'
  /** Bucket i holds latencies in [bounds_ms[i], bounds_ms[i + 1]); the bounds grow evenly on a logarithmic scale. */
  readonly bounds_ms: readonly number[]
  readonly counts: readonly number[]
  /** Up to 100 points of the percentile curve: [percentile 0 to 100, milliseconds]. */
  readonly percentiles: readonly (readonly [number, number])[]
}

/** Columns of equal length, one entry for each step of time. */
export interface Timeline {
  readonly step_s: number
  /** Of each step's beginning, from the start of the run. */
  readonly t_s: readonly number[]
  /** Answers in each step, by outcome; only outcomes that came up. */
  readonly outcomes: Readonly<Partial<Record<OutcomeName, readonly number[]>>>
  readonly p50_ms: readonly (number | null)[]
  readonly p99_ms: readonly (number | null)[]
  /** At each step's end, by the answers that had come: stock before, minus claimed, plus released. */
  readonly remaining: readonly number[]
}

export interface StressError {
  readonly error: string
  readonly count: number
  /** How many of them left it open whether a claim was stored. */
  readonly outcome_unknown: number
  readonly example: string
}

/** The load generator's own state, so that a saturated generator is seen. */
export interface GeneratorFigures {
  readonly threads: number
  /** Of the busiest thread: how late its event loop came round. */
  readonly loop_lag_ms: { readonly mean: number; readonly p99: number; readonly max: number }
  /** Processor time of the busiest thread, as a share of the run, 0 to 1. */
  readonly busiest_thread: number
  /** Processor time of the whole process, in processors. */
  readonly cpus_used: number
  readonly peak_memory_mb: number
  /** Whether the generator and not the server set the pace; then `reason` says by what it is seen. */
  readonly was_limit: boolean
  readonly reason: string | null
}

export interface Spread {
  readonly median: number
  readonly min: number
  readonly max: number
}

/** Medians and spread over the runs that were not interrupted, if there are any, else over those that were. */
export interface RunSummary {
  readonly strategy: string | null
  /** How many the figures are of. */
  readonly runs: number
  readonly requests_per_s: Spread
  readonly claims_per_s: Spread
  /** Latency of all requests; null when nothing was answered. */
  readonly p50_ms: Spread | null
  readonly p99_ms: Spread | null
  readonly errors: Spread
  /** Against the first of the summary: medians divided; 1 for the first itself. */
  readonly ratio: {
    readonly requests_per_s: number | null
    readonly claims_per_s: number | null
    readonly p99: number | null
  }
  /** As the run's, in the worst of all runs. */
  readonly undersold: number
  readonly oversold: number
  /** Names of the checks that failed in any run. */
  readonly failed_checks: readonly string[]
}

export interface ThresholdResult {
  /** As it was said: `p99<50ms`. */
  readonly expression: string
  readonly strategy: string | null
  readonly actual: number | null
  readonly limit: number
  readonly unit: 'ms' | 'per_s' | 'share' | 'count'
  readonly passed: boolean
  /** A sentence: which one, by how much. */
  readonly detail: string
}
