import type { OutcomeName } from './outcomes.ts'
import type { LatencySummary } from './report/document.ts'

/** A threshold of `--expect`, read: `claimed.p99<50ms`, `claims_per_s>2000`, `errors<1%`. */
export interface Expectation {
  /** As it was said. */
  readonly expression: string
  readonly metric:
    | { readonly kind: 'latency'; readonly outcome: OutcomeName | 'all'; readonly figure: keyof LatencySummary }
    | { readonly kind: 'rate'; readonly of: 'requests_per_s' | 'claims_per_s' }
    /** Requests of an outcome, as a share of all that ended, or counted. */
    | { readonly kind: 'outcome'; readonly outcome: OutcomeName; readonly as: 'share' | 'count' }
  readonly comparison: '<' | '<=' | '>' | '>='
  /** Milliseconds, a rate per second, a share 0 to 1, or a count. */
  readonly limit: number
}
