/** Reports of storms that never were, for tests of what is made of a report. The same arguments make the same one. */

import { type OutcomeName, outcomeNames } from '../../cli/stress/outcomes.ts'
import type { Check } from '../../cli/stress/proof/checks.ts'
import type {
  LatencyByOutcome,
  LatencySummary,
  OutcomeHistogram,
  RunSummary,
  Spread,
  StressDocument,
  StressRun,
  Timeline,
} from '../../cli/stress/report/document.ts'
import { createRandom } from './random.ts'

interface Answer {
  readonly endS: number
  readonly ms: number
  readonly outcome: OutcomeName
}

export interface RunShape {
  readonly strategy?: string | null
  readonly repeat?: number
  readonly seed?: number
  readonly users?: number
  readonly quota?: number
  /** How long an answer takes in the middle of the storm. */
  readonly typicalMs?: number
  readonly perS?: number
  readonly isOpen?: boolean
  /** Units that are not sold although users asked for them. */
  readonly undersold?: number
  readonly errors?: number
}

const shapeDefaults = {
  strategy: 'batch',
  repeat: 0,
  seed: 7,
  users: 10_000,
  quota: 500,
  typicalMs: 14,
  perS: 14_000,
  isOpen: false,
  undersold: 0,
  errors: 0,
}

export function documentRun(shape: RunShape = {}): StressRun {
  const all = { ...shapeDefaults, ...shape }
  const { strategy, repeat, seed, users, quota, isOpen, undersold } = all
  const answers = storm(all)
  const durationS = Math.max(...answers.map(({ endS }) => endS))
  const outcomes = countsOf(answers)
  const checks = checksOf(all, outcomes)
  const round = (value: number) => Math.round(value * 10) / 10
  return {
    repeat,
    strategy,
    url: 'http://127.0.0.1:42675',
    auth: 'signed',
    evidence: 'database',
    seed: seed + repeat,
    coupons: ['FLASH_SALE'],
    stock_before: quota,
    stock_after: quota - outcomes.claimed,
    undersold,
    oversold: 0,
    interrupted: false,
    requests: {
      planned: users,
      sent: users,
      finished: users,
      late: isOpen ? 12 : 0,
      dropped: 0,
      skipped: 0,
      duplicates: 0,
    },
    outcomes,
    duration_s: Math.round(durationS * 1000) / 1000,
    throughput: {
      configured_per_s: isOpen ? all.perS : null,
      requests_per_s: round(users / durationS),
      claims_per_s: round(outcomes.claimed / durationS),
    },
    latency_ms: latencyOf(answers, 1),
    service_ms: isOpen ? latencyOf(answers, 0.6) : null,
    histograms: histogramsOf(answers),
    timeline: timelineOf(answers, quota),
    errors:
      all.errors === 0
        ? []
        : [
            {
              error: '503 service_unavailable_error',
              count: all.errors,
              outcome_unknown: 0,
              example: 'The claim waited for 5 s and was given up.',
            },
          ],
    generator: {
      threads: 1,
      loop_lag_ms: { mean: 0.412, p99: 2.6, max: 9.4 },
      busiest_thread: 0.612,
      cpus_used: 0.71,
      peak_memory_mb: 148.2,
      was_limit: false,
      reason: null,
    },
    checks,
    passed: undersold === 0,
  }
}

/** Answers in waves, with a slow beginning and now and then a pause, as of a database's checkpoint. */
function storm(shape: Required<RunShape>): Answer[] {
  const { users, quota, typicalMs, perS, undersold, errors, seed, repeat } = shape
  const random = createRandom(seed + repeat)
  const chance = () => (random.next(1_000_000) + 1) / 1_000_001
  const answers: Answer[] = []
  for (let request = 0; request < users; request++) {
    const startS = request / perS
    const isEarly = startS < 0.06
    const isPaused = Math.abs(startS - 0.4) < 0.015
    const isWin = request < (quota - undersold) * 2 && request % 2 === 0
    const isError = !isWin && request % Math.ceil(users / (errors + 1)) === 7 && errors > 0
    const bell = chance() + chance() + chance() - 1.5
    const tail = chance() < 0.012 ? 1 + 3 * chance() : 1
    const slowness = (isEarly ? 1.8 : 1) * (isPaused ? 2.6 : 1) * (isWin ? 1.5 : 0.8) * (isError ? 20 : 1)
    const ms = typicalMs * slowness * tail * Math.exp(bell * 0.7)
    const refusal =
      request % 29 === 0 ? 'already_claimed' : undersold > 0 && request % 3 === 0 ? 'busy' : 'sold_out'
    answers.push({ endS: startS + ms / 1000, ms, outcome: isWin ? 'claimed' : isError ? 'error' : refusal })
  }
  return answers
}

function countsOf(answers: readonly Answer[]): Record<OutcomeName, number> {
  const counts = Object.fromEntries(outcomeNames.map((name) => [name, 0])) as Record<OutcomeName, number>
  for (const { outcome } of answers) counts[outcome]++
  return counts
}

function sortedMs(answers: readonly Answer[], outcome: OutcomeName | 'all'): number[] {
  const own = outcome === 'all' ? answers : answers.filter((answer) => answer.outcome === outcome)
  return own.map(({ ms }) => ms).sort((a, b) => a - b)
}

const at = (sorted: readonly number[], percentile: number) =>
  micro(sorted[Math.min(sorted.length - 1, Math.floor((percentile / 100) * sorted.length))] ?? 0)

const micro = (value: number) => Math.round(value * 1000) / 1000

function latencyOf(answers: readonly Answer[], factor: number): LatencyByOutcome {
  const summary = (outcome: OutcomeName | 'all'): LatencySummary | null => {
    const sorted = sortedMs(answers, outcome).map((ms) => ms * factor)
    if (sorted.length === 0) return null
    return {
      min: at(sorted, 0),
      mean: micro(sorted.reduce((sum, ms) => sum + ms, 0) / sorted.length),
      p50: at(sorted, 50),
      p90: at(sorted, 90),
      p95: at(sorted, 95),
      p99: at(sorted, 99),
      p99_9: at(sorted, 99.9),
      max: at(sorted, 100),
    }
  }
  const names = ['all', ...outcomeNames] as const
  return Object.fromEntries(names.map((name) => [name, summary(name)])) as LatencyByOutcome
}

function histogramsOf(answers: readonly Answer[]): OutcomeHistogram[] {
  const all = sortedMs(answers, 'all')
  const from = Math.floor(Math.log10(all[0] ?? 1) * 20)
  const to = Math.ceil(Math.log10(all.at(-1) ?? 1) * 20)
  const bounds = Array.from({ length: to - from + 1 }, (_, step) => micro(10 ** ((from + step) / 20)))
  const names = [
    'all',
    ...outcomeNames.filter((name) => answers.some(({ outcome }) => outcome === name)),
  ] as const
  return names.map((outcome) => {
    const sorted = sortedMs(answers, outcome)
    const counts = bounds
      .slice(1)
      .map((bound, index) => sorted.filter((ms) => ms >= (bounds[index] ?? 0) && ms < bound).length)
    return { outcome, bounds_ms: bounds, counts, percentiles: percentilesOf(sorted) }
  })
}

function percentilesOf(sorted: readonly number[]): [number, number][] {
  const points: [number, number][] = []
  for (let percentile = 0; (1 - percentile / 100) * sorted.length >= 1; ) {
    points.push([Number(percentile.toFixed(6)), at(sorted, percentile)])
    percentile += 100 / (10 * 2 ** Math.floor(Math.log2(100 / (100 - percentile)) + 1))
  }
  return [...points, [100, at(sorted, 100)]]
}

function timelineOf(answers: readonly Answer[], quota: number): Timeline {
  const endS = Math.max(...answers.map((answer) => answer.endS))
  const stepS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1].find((step) => endS < step * 120) ?? 1
  const steps = Math.floor(endS / stepS) + 1
  const inStep = (step: number) => answers.filter((answer) => Math.floor(answer.endS / stepS) === step)
  const columns = Array.from({ length: steps }, (_, step) => inStep(step))
  const present = outcomeNames.filter((name) => answers.some(({ outcome }) => outcome === name))
  const outcomes = Object.fromEntries(
    present.map((name) => [name, columns.map((own) => own.filter(({ outcome }) => outcome === name).length)]),
  ) as Timeline['outcomes']
  const percentile = (which: number) =>
    columns.map((own) => (own.length === 0 ? null : at(sortedMs(own, 'all'), which)))
  let remaining = quota
  return {
    step_s: stepS,
    t_s: columns.map((_, step) => micro(step * stepS)),
    outcomes,
    p50_ms: percentile(50),
    p99_ms: percentile(99),
    remaining: columns.map((_, step) => {
      remaining -= outcomes.claimed?.[step] ?? 0
      return remaining
    }),
  }
}

function checksOf(shape: Required<RunShape>, outcomes: Record<OutcomeName, number>): Check[] {
  const { quota, undersold, users } = shape
  const won = outcomes.claimed.toLocaleString('en-US')
  const shortfall = `Only ${won} of ${quota} possible claims were made: ${outcomes.busy} busy while ${undersold} units were left.`
  return [
    {
      name: 'not_oversold',
      passed: true,
      detail: `${won} claims are stored for an amount of ${quota}.`,
    },
    {
      name: 'not_undersold',
      passed: undersold === 0,
      detail:
        undersold === 0
          ? `${won} of ${quota} possible claims were made: ${users.toLocaleString('en-US')} users without a claim, ${quota} units in stock.`
          : shortfall,
    },
    { name: 'one_claim_each', passed: true, detail: 'No user holds two claims or was told "claimed" twice.' },
    {
      name: 'every_win_stored',
      passed: true,
      detail: `${won} answers "claimed", and each has its stored claim.`,
    },
    { name: 'every_claim_answered', passed: true, detail: `${won} new claims, each told to its user.` },
    {
      name: 'counter_matches',
      passed: true,
      detail: `remaining_amount is ${quota - outcomes.claimed}: amount ${quota} minus ${won} claims.`,
    },
  ]
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b)
  return { median: sorted[Math.floor(sorted.length / 2)] ?? 0, min: sorted[0] ?? 0, max: sorted.at(-1) ?? 0 }
}

function summaryOf(runs: readonly StressRun[], strategy: string | null): RunSummary {
  const of = (name: string | null) => runs.filter((run) => run.strategy === name)
  const [own, first] = [of(strategy), of(runs[0]?.strategy ?? null)]
  const median = (some: readonly StressRun[], value: (run: StressRun) => number) =>
    spreadOf(some.map(value)).median
  const requests = (run: StressRun) => run.throughput.requests_per_s
  const claims = (run: StressRun) => run.throughput.claims_per_s
  const p99 = (run: StressRun) => run.latency_ms.all?.p99 ?? 0
  const left = own.map((run) => (run.passed ? 0 : run.stock_after))
  return {
    strategy,
    runs: own.length,
    requests_per_s: spreadOf(own.map(requests)),
    claims_per_s: spreadOf(own.map(claims)),
    p50_ms: spreadOf(own.map((run) => run.latency_ms.all?.p50 ?? 0)),
    p99_ms: spreadOf(own.map(p99)),
    errors: spreadOf(own.map((run) => run.outcomes.error)),
    ratio: {
      requests_per_s: median(own, requests) / median(first, requests),
      claims_per_s: median(own, claims) / median(first, claims),
      p99: median(own, p99) / median(first, p99),
    },
    undersold: Math.max(...left),
    oversold: 0,
    failed_checks: [
      ...new Set(own.flatMap(({ checks }) => checks.filter(({ passed }) => !passed).map(({ name }) => name))),
    ],
  }
}

export function documentOf(runs: readonly StressRun[], change: Partial<StressDocument> = {}): StressDocument {
  const strategies = [...new Set(runs.map(({ strategy }) => strategy))]
  return {
    format: 'coupon-stress-report',
    version: 1,
    created_at: '2026-11-27T09:00:00.000Z',
    command: 'coupon stress --users 10000 --quota 500 --seed 7',
    tool: { name: 'coupon', version: '0.1.0' },
    environment: {
      node: 'v20.20.2',
      os: 'Linux 6.1.0 x64',
      cpu: 'AMD EPYC 7763 64-Core Processor',
      cpus: 2,
      memory_gb: 7.8,
      postgres: '18.4',
      redis: null,
    },
    plan: {
      url: null,
      load: { kind: 'burst' },
      users: runs[0]?.requests.planned ?? 10_000,
      quota: runs[0]?.stock_before ?? 500,
      attempts: 1,
      coupons: 1,
      mix: { claim: 1, release: 0, eligibility: 0 },
      duplicates: 0,
      abandon: 0,
      connections: 256,
      is_cold: false,
      threads: 1,
      warmup_s: 2,
      repeat: Math.max(1, ...runs.map(({ repeat }) => repeat + 1)),
      seed: 7,
      strategies: strategies.filter((strategy) => strategy !== null),
    },
    runs,
    summary: strategies.map((strategy) => summaryOf(runs, strategy)),
    thresholds: [],
    passed: runs.length > 0 && runs.every(({ passed }) => passed),
    ...change,
  }
}

/** Three strategies, three times each; the last sells too little. */
export function comparedDocument(): StressDocument {
  const repeats = [0, 1, 2]
  return documentOf(
    repeats.flatMap((repeat) => [
      documentRun({ repeat, strategy: 'batch', perS: 13_600 + repeat * 400 }),
      documentRun({ repeat, strategy: 'atomic', perS: 6_100 + repeat * 150, typicalMs: 31 }),
      documentRun({
        repeat,
        strategy: 'lock',
        perS: 2_300 + repeat * 90,
        typicalMs: 88,
        undersold: 140 + repeat * 11,
        errors: 6,
      }),
    ]),
    { command: 'coupon stress --users 10000 --quota 500 --compare batch,atomic,lock --repeat 3 --seed 7' },
  )
}

export const sampleThresholds: StressDocument['thresholds'] = [
  {
    expression: 'claimed.p99<80ms',
    strategy: null,
    actual: 66.1,
    limit: 80,
    unit: 'ms',
    passed: true,
    detail: 'claimed.p99 was 66.1 ms, under 80 ms.',
  },
  {
    expression: 'errors<1%',
    strategy: null,
    actual: 0,
    limit: 0.01,
    unit: 'share',
    passed: true,
    detail: 'errors were 0 %, under 1 %.',
  },
]
