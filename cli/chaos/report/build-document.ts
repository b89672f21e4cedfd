import type { StressEnvironment } from '../../stress/report/document.ts'
import { type AnswerCounts, answersByFault, kindOf } from '../answers-by-fault.ts'
import type { CheckName, CheckResult } from '../checks/checks.ts'
import type { Fault, FaultWindow } from '../fault.ts'
import type { Attempt, History, Operation, Stall } from '../history.ts'
import { type ReadinessVerdict, truthMs } from '../readiness/judge.ts'
import type {
  ChaosCheck,
  ChaosDocument,
  ChaosDocumentPlan,
  ChaosTotals,
  DocumentWindow,
  FaultFigures,
  MachineFigures,
} from './document.ts'
import { observation } from './observation.ts'

export interface ChaosParts {
  readonly createdAt: Date
  readonly command: string
  readonly toolVersion: string
  readonly environment: StressEnvironment
  readonly plan: ChaosDocumentPlan
  readonly isInterrupted: boolean
  /** The servers that had decided no claim when the first fault was due. */
  readonly neverDecided: readonly string[]
  readonly durationMs: number
  readonly history: History
  readonly coupons: number
  /** Those that were to be injected. */
  readonly faults: readonly Fault[]
  readonly leftOut: ChaosDocument['left_out']
  readonly windows: readonly FaultWindow[]
  readonly results: readonly CheckResult[]
  readonly readiness: ReadinessVerdict
  /** What servers had more of than its limit, in sentences. */
  readonly excesses: readonly string[]
  /** What servers did of themselves, in sentences. */
  readonly misdeeds: readonly string[]
}

/** Of each check, the first that did not hold. */
const examplesMax = 5
/** The checks whose violations are claims that were lost: told and not stored, or stored and told as refused. */
const lossChecks: readonly string[] = [
  'every_success_stored',
  'nothing_unasked',
  'none_lost',
] satisfies CheckName[]
const hangChecks: readonly string[] = ['answers_in_time', 'all_answered'] satisfies CheckName[]

export function buildChaosDocument(parts: ChaosParts): ChaosDocument {
  const { history, results, readiness, windows } = parts
  const untrue = readiness.violations.map(({ sentence }) => sentence)
  const observations = [
    observation('readiness_true', untrue),
    observation('queues_bounded', parts.excesses),
    observation('servers_sound', parts.misdeeds),
  ]
  const checks = [...results.map(checkOf), recovery(parts), ...observations]
  const attempts = history.operations.flatMap((operation) => operation.attempts)
  return {
    format: 'coupon-chaos-report',
    version: 1,
    created_at: parts.createdAt.toISOString(),
    command: parts.command,
    tool: { name: 'coupon', version: parts.toolVersion },
    environment: parts.environment,
    plan: parts.plan,
    interrupted: parts.isInterrupted,
    duration_s: Math.round(parts.durationMs) / 1000,
    load: {
      operations: history.operations.length,
      attempts: attempts.length,
      coupons: parts.coupons,
      answers: tallyOf(attempts),
    },
    machine: machineOf(history.stalls, readiness),
    faults: figuresOf(parts),
    left_out: parts.leftOut,
    checks,
    windows: windows.map(documentWindow),
    totals: totalsOf(checks, windows),
    passed: checks.every(({ violations }) => violations === 0),
  }
}

function checkOf({ name, rule, count, violations }: CheckResult): ChaosCheck {
  const examples = violations.slice(0, examplesMax).map(({ sentence }) => sentence)
  return { name, promise: rule, violations: count, examples }
}

/** That every server came back after every fault; and that there was one, before which they were there. */
function recovery({ windows, neverDecided, isInterrupted }: ChaosParts): ChaosCheck {
  const sentences = [
    ...neverDecided.map((server) => `${server} had decided no claim when the first fault was due.`),
    ...(windows.length === 0 && !isInterrupted ? ['No fault was injected.'] : []),
    ...windows.filter(({ recoveredMs }) => recoveredMs === null).map(sayNotBack),
  ]
  return {
    name: 'service_resumes',
    promise: 'After a fault is healed, every server decides claims again.',
    violations: sentences.length,
    examples: sentences.slice(0, examplesMax),
  }
}

function sayNotBack({ fault, target, servers, healedMs }: FaultWindow): string {
  const when = `healed at ${(healedMs / 1000).toFixed(3)} s`
  return `After ${fault} of ${target}, ${when}, not all of ${servers.join(', ')} decided a claim again.`
}

function tallyOf(attempts: readonly Attempt[]): AnswerCounts {
  const tally: Record<string, number> = {}
  for (const attempt of attempts) tally[kindOf(attempt)] = (tally[kindOf(attempt)] ?? 0) + 1
  return tally
}

function machineOf(stalls: readonly Stall[], { unjudged }: ReadinessVerdict): MachineFigures {
  const lengths = stalls.map(({ fromMs, untilMs }) => Math.round(untilMs - fromMs))
  return {
    stalls: stalls.length,
    stalled_ms: lengths.reduce((sum, each) => sum + each, 0),
    longest_stall_ms: Math.max(0, ...lengths),
    unjudged_probes: unjudged,
  }
}

function figuresOf({ faults, windows, history, results, readiness }: ChaosParts): FaultFigures[] {
  const answers = answersByFault(history, windows)
  const broken = results.flatMap(({ shownBy }) => shownBy)
  return faults.map(({ name, title }) => {
    const own = windows.filter(({ fault }) => fault === name)
    const recoveries = own
      .flatMap(({ recoveredMs, healedMs }) => (recoveredMs === null ? [] : [recoveredMs - healedMs]))
      .sort((one, other) => one - other)
    return {
      fault: name,
      title,
      injected: own.length,
      recovery_ms: recoveryOf(recoveries),
      not_recovered: own.length - recoveries.length,
      answers: sumOf(windows.flatMap(({ fault }, n) => (fault === name ? [answers[n] ?? {}] : []))),
      violations:
        broken.filter((operation) => own.some((window) => wasFelt(window, operation))).length +
        readiness.violations.filter(({ server, fromMs, toMs }) =>
          own.some(
            ({ servers, injectedMs, healedMs }) =>
              servers.includes(server) && fromMs <= healedMs + truthMs && toMs >= injectedMs,
          ),
        ).length,
    }
  })
}

function recoveryOf(sorted: readonly number[]): FaultFigures['recovery_ms'] {
  if (sorted.length === 0) return null
  const at = (share: number) => Math.round(sorted[Math.floor((sorted.length - 1) * share)] ?? 0)
  return { p50: at(0.5), max: at(1) }
}

function sumOf(counts: readonly AnswerCounts[]): AnswerCounts {
  const sum: Record<string, number> = {}
  for (const [kind, times] of counts.flatMap((each) => Object.entries(each)))
    sum[kind] = (sum[kind] ?? 0) + times
  return sum
}

/** Whether the operation was under way at one of the window's servers before that was healed. */
function wasFelt({ servers, injectedMs, healedMs }: FaultWindow, { attempts }: Operation): boolean {
  return attempts.some(
    ({ server, askedMs, endedMs }) =>
      servers.includes(server) && askedMs <= healedMs && (endedMs ?? Number.POSITIVE_INFINITY) >= injectedMs,
  )
}

function documentWindow(window: FaultWindow): DocumentWindow {
  const whole = (ms: number) => Math.round(ms)
  return {
    fault: window.fault,
    target: window.target,
    servers: window.servers,
    injected_ms: whole(window.injectedMs),
    effective_ms: whole(window.effectiveMs),
    healing_ms: whole(window.healingMs),
    healed_ms: whole(window.healedMs),
    recovered_ms: window.recoveredMs === null ? null : whole(window.recoveredMs),
  }
}

function totalsOf(checks: readonly ChaosCheck[], windows: readonly FaultWindow[]): ChaosTotals {
  const sum = (isMeant: (name: string) => boolean) =>
    checks.reduce((total, { name, violations }) => (isMeant(name) ? total + violations : total), 0)
  return {
    faults: windows.length,
    violations: sum(() => true),
    lost: sum((name) => lossChecks.includes(name)),
    hung: sum((name) => hangChecks.includes(name)),
  }
}
