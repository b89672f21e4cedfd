import { type Check, checkSale } from '../checks.ts'
import type { ErrorCount } from '../errors.ts'
import { type Ledger, stockOf } from '../ledger.ts'
import type { OutcomeName } from '../outcomes.ts'
import type { StressPlan } from '../plan.ts'
import type { Records } from '../records.ts'
import { countOutcomes, durationMsOf, type LatencyByOutcome, summariseLatency } from '../stats.ts'

/** Where the proof was read: from the tables themselves, or from what the API says about them. */
export type EvidenceSource = 'database' | 'api'

/** Each user's own token, signed here; one admin's for all; or none, since the server asks for none. */
export type AuthSource = 'signed' | 'login' | 'open'

export interface StressEnvironment {
  readonly node: string
  /** Null where it is not known. */
  readonly postgres: string | null
  readonly redis: string | null
  readonly cpus: number
}

/** What the storm was aimed at. */
export interface StressSubject {
  readonly url: string
  /** Null when the server does not say. */
  readonly strategy: string | null
  readonly auth: AuthSource
  readonly evidence: EvidenceSource
  readonly environment: StressEnvironment
}

/** The document that `--json` prints. Times in `latency_ms` are milliseconds with three decimals. */
export interface StressReport {
  readonly coupon: string
  readonly strategy: string | null
  readonly url: string
  readonly auth: AuthSource
  readonly users: number
  /** Units that were in stock when the run began. */
  readonly quota: number
  readonly attempts: number
  readonly requests: number
  readonly connections: number
  readonly seed: number
  readonly outcomes: Readonly<Record<OutcomeName, number>>
  readonly duration_s: number
  readonly throughput: { readonly requests_per_s: number; readonly claims_per_s: number }
  readonly latency_ms: LatencyByOutcome
  readonly errors: readonly StressError[]
  readonly evidence: EvidenceSource
  readonly checks: readonly Check[]
  readonly passed: boolean
  readonly environment: StressEnvironment
}

export interface StressError {
  readonly error: string
  readonly count: number
  /** How many of them left it open whether a claim was stored. */
  readonly outcome_unknown: number
  readonly example: string
}

/** All that a finished run leaves behind. */
export interface RunResult {
  readonly plan: StressPlan
  readonly subject: StressSubject
  readonly records: Records
  readonly errors: readonly ErrorCount[]
  readonly before: Ledger
  readonly after: Ledger
}

export function buildReport(run: RunResult): StressReport {
  const { plan, subject, records, before, after } = run
  const checks = checkSale({ users: plan.users, records, before, after })
  const outcomes = countOutcomes(records)
  const seconds = durationMsOf(records) / 1000
  const perSecond = (count: number) => (seconds > 0 ? Math.round((count / seconds) * 10) / 10 : 0)
  return {
    coupon: before.name,
    strategy: subject.strategy,
    url: subject.url,
    auth: subject.auth,
    users: plan.users,
    quota: stockOf(before),
    attempts: plan.attempts,
    requests: plan.requests,
    connections: plan.connections,
    seed: plan.seed,
    outcomes,
    duration_s: Math.round(seconds * 1000) / 1000,
    throughput: { requests_per_s: perSecond(records.finished), claims_per_s: perSecond(outcomes.claimed) },
    latency_ms: summariseLatency(records),
    errors: run.errors.map(asStressError),
    evidence: subject.evidence,
    checks,
    passed: checks.every((check) => check.passed),
    environment: subject.environment,
  }
}

function asStressError({ error, count, uncertain, example }: ErrorCount): StressError {
  return { error, count, outcome_unknown: uncertain, example }
}
