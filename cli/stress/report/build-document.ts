import type { StressPlan } from '../plan.ts'
import type {
  DocumentPlan,
  StressDocument,
  StressEnvironment,
  StressRun,
  ThresholdResult,
} from './document.ts'
import { summariseRuns } from './summary.ts'

export interface DocumentParts {
  /** When the first run began. */
  readonly createdAt: Date
  /** Without any secret. */
  readonly command: string
  readonly toolVersion: string
  readonly environment: StressEnvironment
  readonly plan: StressPlan
  /** In the order in which they ran. */
  readonly runs: readonly StressRun[]
  readonly thresholds: readonly ThresholdResult[]
}

export function buildDocument(parts: DocumentParts): StressDocument {
  const { plan, runs, thresholds, environment } = parts
  return {
    format: 'coupon-stress-report',
    version: 1,
    created_at: parts.createdAt.toISOString(),
    command: parts.command,
    tool: { name: 'coupon', version: parts.toolVersion },
    environment,
    plan: documentPlan(plan),
    runs,
    summary: summariseRuns(runs, plan.strategies),
    thresholds,
    passed: runs.length > 0 && runs.every(({ passed }) => passed),
  }
}

function documentPlan(plan: StressPlan): DocumentPlan {
  const { shape } = plan
  return {
    url: plan.url,
    load: shape.load,
    users: shape.users,
    quota: plan.quota,
    attempts: shape.attempts,
    coupons: shape.coupons,
    mix: shape.mix,
    duplicates: shape.duplicates,
    abandon: shape.abandon,
    connections: plan.connections,
    is_cold: plan.isCold,
    threads: plan.threads,
    warmup_s: plan.warmupS,
    repeat: plan.repeat,
    seed: shape.seed,
    strategies: plan.strategies.filter((strategy) => strategy !== null),
  }
}
