import type { StressEnvironment } from '../../stress/report/document.ts'
import type { FaultName } from '../fault.ts'

/**
 * The document of `coupon chaos --json`, of which the text is made; docs/chaos-report.schema.json describes it. Times are
 * milliseconds unless the name says otherwise. A change that breaks readers raises `version`.
 */
export interface ChaosDocument {
  readonly format: 'coupon-chaos-report'
  readonly version: 1
  /** ISO 8601, when the load began. */
  readonly created_at: string
  /** The command that does the same again. */
  readonly command: string
  readonly tool: { readonly name: 'coupon'; readonly version: string }
  readonly environment: StressEnvironment
  readonly plan: ChaosDocumentPlan
  /** True when Ctrl-C ended it: what was done by then is checked. */
  readonly interrupted: boolean
  /** From the first request to the last answer. */
  readonly duration_s: number
  readonly load: LoadFigures
  readonly machine: MachineFigures
  /** One for each kind that was to be injected, in the order of their names' list. */
  readonly faults: readonly FaultFigures[]
  /** Faults that could not be injected here, and why. */
  readonly left_out: readonly { readonly fault: FaultName; readonly why: string }[]
  readonly checks: readonly ChaosCheck[]
  /** Every fault as it went, in the order of their beginnings. */
  readonly windows: readonly DocumentWindow[]
  readonly totals: ChaosTotals
  /** No violation of any check. */
  readonly passed: boolean
}

export interface ChaosDocumentPlan {
  readonly minutes: number
  readonly seed: number
  readonly rate_per_s: number
  readonly database: 'embedded' | 'given'
  readonly servers: readonly {
    readonly name: string
    readonly strategy: string
    readonly workers: number
  }[]
  /** By which every request must have an answer. */
  readonly context_timeout_ms: number
}

export interface LoadFigures {
  /** What clients wanted: a claim, a hold and its end, a release. */
  readonly operations: number
  /** Requests that were sent for them. */
  readonly attempts: number
  readonly coupons: number
  /** How the attempts ended, by kind. */
  readonly answers: Readonly<Record<string, number>>
}

/** Whether this machine had time for all that ran on it: what comes late while it stands still is nobody's fault. */
export interface MachineFigures {
  /** Times in which the clients' own process stood still for 0.2 s or more. */
  readonly stalls: number
  readonly stalled_ms: number
  readonly longest_stall_ms: number
  /** Answers of readiness that were wrong while it stood still, or within a second after, and count as nothing. */
  readonly unjudged_probes: number
}

export interface FaultFigures {
  readonly fault: FaultName
  readonly title: string
  readonly injected: number
  /** From the heal until each server that felt it had decided a claim again; null when none was injected. */
  readonly recovery_ms: { readonly p50: number; readonly max: number } | null
  readonly not_recovered: number
  /** How the attempts ended that were under way meanwhile on the servers that felt it. */
  readonly answers: Readonly<Record<string, number>>
  /** Violations of operations that were under way meanwhile, and of readiness meanwhile or within a second after. */
  readonly violations: number
}

export interface ChaosCheck {
  readonly name: string
  /** What it holds, in words. */
  readonly promise: string
  readonly violations: number
  /** The first ones. */
  readonly examples: readonly string[]
}

export interface DocumentWindow {
  readonly fault: FaultName
  readonly target: string
  readonly servers: readonly string[]
  readonly injected_ms: number
  readonly effective_ms: number
  readonly healing_ms: number
  readonly healed_ms: number
  readonly recovered_ms: number | null
}

export interface ChaosTotals {
  readonly faults: number
  readonly violations: number
  /** Claims that were told and are not stored, or stored and told as refused. */
  readonly lost: number
  /** Requests without an answer in their time, and operations without one in the end. */
  readonly hung: number
}
