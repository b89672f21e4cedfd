import type { OutcomeName } from '../../cli/stress/outcomes.ts'
import type { StressPlan } from '../../cli/stress/plan.ts'
import type { Check } from '../../cli/stress/proof/checks.ts'
import {
  createRecords,
  flag,
  markDropped,
  markEnded,
  markSent,
  markSkipped,
  type Records,
} from '../../cli/stress/records.ts'
import { buildDocument } from '../../cli/stress/report/build-document.ts'
import type {
  GeneratorFigures,
  StressDocument,
  StressRun,
  ThresholdResult,
} from '../../cli/stress/report/document.ts'
import { buildRun, type RunResult } from '../../cli/stress/report/run.ts'
import { type RequestKind, requestKinds, type ScriptShape } from '../../cli/stress/shape.ts'
import { createRandom } from './random.ts'

/** One line of hand-made records; times in milliseconds. */
export interface SampleLine {
  readonly user?: number
  readonly coupon?: number
  readonly kind?: RequestKind
  readonly isDuplicate?: boolean
  readonly isAbandoned?: boolean
  readonly intendedMs?: number
  readonly sentMs?: number
  readonly endedMs?: number
  readonly status?: number
  readonly isUncertain?: boolean
  readonly end: OutcomeName | 'planned' | 'sent' | 'dropped' | 'skipped'
}

export function recordsOf(lines: readonly SampleLine[]): Records {
  const records = createRecords(lines.length)
  for (const [line, one] of lines.entries()) {
    writePlan(records, line, one)
    writeEnd(records, line, one)
  }
  return records
}

function writePlan(records: Records, line: number, one: SampleLine): void {
  records.users[line] = one.user ?? line
  records.coupons[line] = one.coupon ?? 0
  records.kinds[line] = requestKinds.indexOf(one.kind ?? 'claim')
  records.flags[line] =
    (one.isDuplicate === true ? flag.isDuplicate : 0) | (one.isAbandoned === true ? flag.isAbandoned : 0)
  records.intendedUs[line] = Math.round((one.intendedMs ?? 0) * 1000)
}

function writeEnd(records: Records, line: number, one: SampleLine): void {
  const { end, intendedMs = 0, sentMs = intendedMs } = one
  if (end === 'dropped') markDropped(records, line)
  if (end === 'skipped') markSkipped(records, line)
  if (end === 'planned' || end === 'dropped' || end === 'skipped') return
  markSent(records, line, Math.round(sentMs * 1000))
  if (end === 'sent') return
  const ending = {
    outcome: end,
    status: one.status ?? 0,
    isUncertain: one.isUncertain === true,
    error: null,
    example: '',
  }
  markEnded(records, line, { ending, nowUs: Math.round((one.endedMs ?? sentMs) * 1000) })
}

export const sampleShape: ScriptShape = {
  load: { kind: 'burst' },
  users: 1000,
  attempts: 1,
  coupons: 1,
  mix: { claim: 1, release: 0, eligibility: 0 },
  duplicates: 0,
  abandon: 0,
  seed: 7,
}

const calm: GeneratorFigures = {
  threads: 1,
  loop_lag_ms: { mean: 0.2, p99: 1.25, max: 4.5 },
  busiest_thread: 0.453,
  cpus_used: 0.48,
  peak_memory_mb: 118.4,
  was_limit: false,
  reason: null,
}

const goodChecks: Check[] = [
  { name: 'not_oversold', passed: true, detail: '100 claims are stored for an amount of 100.' },
  {
    name: 'not_undersold',
    passed: true,
    detail: '100 of 100 possible claims were made: 1,000 users without a claim, 100 units in stock.',
  },
  { name: 'one_claim_each', passed: true, detail: 'No user holds two claims or was told "claimed" twice.' },
  {
    name: 'every_win_stored',
    passed: true,
    detail: '100 answers "claimed", and each has its stored claim.',
  },
  { name: 'every_claim_answered', passed: true, detail: '100 new claims, each told to its user.' },
  { name: 'counter_matches', passed: true, detail: 'remaining_amount is 0: amount 100 minus 100 claims.' },
]

/** Fails the named checks, with these words. */
export function checksWith(failures: Partial<Record<Check['name'], string>>): Check[] {
  return goodChecks.map((check) => {
    const detail = failures[check.name]
    return detail === undefined ? check : { ...check, passed: false, detail }
  })
}

/** A thousand users storm a hundred units over 256 connections; `pace` stretches all times. */
export function burstLines({ pace = 1, seed = 1, units = 100 } = {}): SampleLine[] {
  const random = createRandom(seed)
  return Array.from({ length: 1000 }, (_, line) => {
    const wave = Math.floor(line / 256)
    const intendedMs = wave * 40 * pace + random.next(200) / 100
    const latencyMs = (20 + random.next(9000) / 1000 + (line % 40) + wave * 10) * pace
    const end = line < units ? 'claimed' : 'sold_out'
    const status = line < units ? 200 : 400
    return { intendedMs, sentMs: intendedMs + 0.05, endedMs: intendedMs + latencyMs, end, status }
  })
}

/** Claims, releases and questions at 2,000/s for 1.5 s, with a stall of the server from 0.8 s to 1.1 s. */
export function rateLines(): SampleLine[] {
  const random = createRandom(2)
  let stock = 100
  return Array.from({ length: 3000 }, (_, line) => {
    const intendedMs = line / 2
    const isStalled = intendedMs >= 800 && intendedMs < 1100
    const sentMs = isStalled ? 1100 + (intendedMs - 800) / 10 : intendedMs + random.next(100) / 1000
    const endedMs = sentMs + 1 + random.next(4000) / 1000
    const user = line % 1000
    const times = { user, intendedMs, sentMs, endedMs }
    if (isStalled && line % 150 === 0) return { user, intendedMs, end: 'dropped' }
    if (isStalled && line % 100 === 1) return { ...times, end: 'error', isUncertain: line % 200 === 1 }
    if (line % 20 === 3) {
      const release = { ...times, kind: 'release' } as const
      if (line % 40 === 3) return { ...release, end: 'skipped' }
      stock++
      return { ...release, end: 'released', status: 200 }
    }
    if (line % 20 === 7) return { ...times, kind: 'eligibility', end: 'told', status: 200 }
    if (line % 20 === 11) return { ...times, isAbandoned: true, end: 'abandoned', isUncertain: true }
    if (line % 10 === 5) return { ...times, isDuplicate: true, end: 'already_claimed', status: 409 }
    if (stock > 0 && line < 2400) {
      stock--
      return { ...times, end: 'claimed', status: 200 }
    }
    return { ...times, end: 'sold_out', status: 400 }
  })
}

export function sampleResult(change: Partial<RunResult> & { readonly lines?: SampleLine[] } = {}): RunResult {
  const { lines = burstLines(), ...rest } = change
  const claimants = Array.from({ length: 100 }, (_, user) => `user_${user}`)
  return {
    repeat: 0,
    strategy: 'batch',
    url: 'http://127.0.0.1:42675',
    auth: 'signed',
    evidence: 'database',
    seed: 7,
    couponNames: ['SALE'],
    shape: sampleShape,
    records: recordsOf(lines),
    errors: [],
    before: [{ name: 'SALE', amount: 100, remaining_amount: 100, claimants: [] }],
    after: [{ name: 'SALE', amount: 100, remaining_amount: 0, claimants }],
    generator: calm,
    isInterrupted: false,
    ...rest,
  }
}

/** The proof's words are its own; here they are given, so that this text does not change with them. */
export function sampleRun(
  change: Parameters<typeof sampleResult>[0] = {},
  proof: Partial<Pick<StressRun, 'checks' | 'undersold' | 'oversold'>> = {},
): StressRun {
  const { checks = goodChecks, undersold = 0, oversold = 0 } = proof
  const passed = checks.every((check) => check.passed)
  return { ...buildRun(sampleResult(change)), checks, undersold, oversold, passed }
}

export function sampleDocument(parts: {
  readonly runs: readonly StressRun[]
  readonly plan?: Partial<StressPlan>
  readonly thresholds?: readonly ThresholdResult[]
}): StressDocument {
  const plan: StressPlan = {
    shape: sampleShape,
    requests: 1000,
    quota: 100,
    isQuotaGiven: true,
    connections: 256,
    isCold: false,
    threads: 1,
    warmupS: 0,
    repeat: 1,
    coupon: 'SALE',
    isCouponGiven: true,
    url: null,
    login: null,
    strategies: ['batch'],
    expectations: [],
    ...parts.plan,
  }
  return buildDocument({
    createdAt: new Date('2026-01-02T03:04:05.678Z'),
    command: 'coupon stress --users 1000 --seed 7',
    toolVersion: '0.1.0',
    environment: {
      node: 'v20.20.2',
      os: 'linux 6.8.0 x64',
      cpu: 'AMD EPYC',
      cpus: 2,
      memory_gb: 7.8,
      postgres: '18.4',
      redis: null,
    },
    plan,
    runs: parts.runs,
    thresholds: parts.thresholds ?? [],
  })
}
