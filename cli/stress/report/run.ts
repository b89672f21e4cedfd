import type { ErrorCount } from '../errors.ts'
import {
  countOutcomes,
  countRequests,
  durationMsOf,
  histogramsOf,
  summariseLatency,
  summariseService,
  timelineOf,
} from '../measures/stats.ts'
import { proveSale } from '../proof/checks.ts'
import { type Ledger, stockOf } from '../proof/ledger.ts'
import type { Records } from '../records.ts'
import type { LoadShape, ScriptShape } from '../shape.ts'
import type { GeneratorFigures, StressError, StressRun, Throughput } from './document.ts'

/** All that one run of load leaves behind. */
export interface RunResult {
  /** From 0. */
  readonly repeat: number
  readonly strategy: string | null
  readonly url: string
  readonly auth: StressRun['auth']
  readonly evidence: StressRun['evidence']
  readonly seed: number
  readonly couponNames: readonly string[]
  readonly shape: ScriptShape
  readonly records: Records
  readonly errors: readonly ErrorCount[]
  /** Of each coupon, in the order of the names. */
  readonly before: readonly Ledger[]
  readonly after: readonly Ledger[]
  readonly generator: GeneratorFigures
  readonly isInterrupted: boolean
}

/** With many coupons these stand for all. */
const couponsShown = 3

/** Measures and proves one run: what the document says of it. */
export function buildRun(result: RunResult): StressRun {
  const { shape, records, before, after, isInterrupted } = result
  const evidence = { users: shape.users, records, before, after, isInterrupted }
  const { checks, undersold, oversold } = proveSale(evidence)
  const isOpen = shape.load.kind !== 'burst'
  const requests = countRequests(records, isOpen)
  const outcomes = countOutcomes(records)
  const durationS = durationSOf(result)
  const perSecond = (count: number) => (durationS > 0 ? oneDecimal(count / durationS) : 0)
  const stockBefore = stockOfAll(before)
  return {
    repeat: result.repeat,
    strategy: result.strategy,
    url: result.url,
    auth: result.auth,
    evidence: result.evidence,
    seed: result.seed,
    coupons: result.couponNames.slice(0, couponsShown),
    stock_before: stockBefore,
    stock_after: stockOfAll(after),
    interrupted: isInterrupted,
    requests,
    outcomes,
    duration_s: durationS,
    throughput: {
      configured_per_s: configuredPerS(records.total, shape.load),
      requests_per_s: perSecond(requests.finished),
      claims_per_s: perSecond(outcomes.claimed),
    },
    latency_ms: summariseLatency(records),
    service_ms: isOpen ? summariseService(records) : null,
    histograms: histogramsOf(records),
    timeline: timelineOf(records, stockBefore),
    errors: result.errors.map(asStressError),
    generator: result.generator,
    checks,
    undersold,
    oversold,
    passed: checks.every((check) => check.passed),
  }
}

/** An open model that is answered at once would seem faster than it was set to be, had its last gap no length. */
function durationSOf({ records, shape: { load }, isInterrupted }: RunResult): number {
  const plannedS = load.kind === 'burst' || isInterrupted ? 0 : load.durationS
  return Math.max(plannedS, Math.round(durationMsOf(records)) / 1000)
}

/** Duplicates among them, so that it can be held against what was achieved. */
function configuredPerS(planned: number, load: LoadShape): Throughput['configured_per_s'] {
  return load.kind === 'burst' ? null : oneDecimal(planned / load.durationS)
}

function stockOfAll(ledgers: readonly Ledger[]): number {
  return ledgers.reduce((sum, ledger) => sum + stockOf(ledger), 0)
}

function oneDecimal(value: number): number {
  return Math.round(value * 10) / 10
}

function asStressError({ error, count, uncertain, example }: ErrorCount): StressError {
  return { error, count, outcome_unknown: uncertain, example }
}
