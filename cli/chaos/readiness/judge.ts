import { count } from '../../words.ts'
import type { FaultName, FaultWindow } from '../fault.ts'
import type { Stall } from '../history.ts'
import { type ReadinessProbe, silentMs } from './probes.ts'

/**
 * What readiness promises, as a load balancer hears it:
 * - a server that listens answers, whatever its database does;
 * - one whose database is out of reach does not say ready, from `truthMs` after that until it is within reach again;
 * - one that nothing is done to says ready, and so does one that was hurt, from `truthMs` after the cause is gone: a pool needs
 *   that long to find that its connections are dead;
 * - one that has not begun to listen, or does no more, refuses the connection;
 * - one that has lost a worker goes on: what that worker was being asked breaks off, and whatever is asked next is answered.
 *
 * A server that was never asked, or never said ready, has not been seen to keep any of it, which is a violation as well.
 *
 * While this very machine stands still, a server cannot know in time what is true: what was said then, or within `truthMs` after
 * it, is not judged, but counted.
 */
export const truthMs = 1_000

export interface ReadinessVerdict {
  /** What was not as promised. */
  readonly violations: readonly ReadinessFault[]
  /** Answers that were not as promised while the machine stood still. */
  readonly unjudged: number
}

export interface ReadinessFault {
  readonly server: string
  readonly fromMs: number
  readonly toMs: number
  /** What is wrong, with names and times. */
  readonly sentence: string
}

/** These take nothing away that readiness speaks of: the database answers, and so do the workers that are left. */
const unfelt: readonly FaultName[] = ['worker_kill', 'row_held', 'redis_kill', 'redis_freeze', 'redis_flush']
/** During these a server may not listen. */
const ending: readonly FaultName[] = ['server_kill', 'server_stop']
/** A question that a worker was being asked when it was killed breaks off with it; it may be noticed so late. */
const noticedMs = 500

export interface JudgeParts {
  readonly windows: readonly FaultWindow[]
  readonly stalls: readonly Stall[]
  /** The names of all that were to be asked. */
  readonly servers: readonly string[]
}

export function judgeReadiness(
  probes: readonly ReadinessProbe[],
  { windows, stalls, servers }: JudgeParts,
): ReadinessVerdict {
  const runs: Run[] = []
  const lastOf = new Map<string, Run | null>()
  let unjudged = 0
  for (const probe of [...probes].sort((one, other) => one.atMs - other.atMs)) {
    const found = faultOf(probe, windows)
    const isUnjudged = found !== null && mayBeTheMachine(probe, stalls)
    if (isUnjudged) unjudged += 1
    const fault = isUnjudged ? null : found
    const last = lastOf.get(probe.server) ?? null
    if (fault !== null && last !== null && last.fault === fault) {
      last.probes.push(probe)
      continue
    }
    const run = fault === null ? null : { server: probe.server, fault, probes: [probe] }
    if (run !== null) runs.push(run)
    lastOf.set(probe.server, run)
  }
  const unseen = servers.flatMap((server) => neverReady(server, probes))
  return { violations: [...runs.map(violationOf), ...unseen], unjudged }
}

function neverReady(server: string, probes: readonly ReadinessProbe[]): ReadinessFault[] {
  const answers = probes.filter((probe) => probe.server === server).map(({ answer }) => answer)
  if (answers.includes('ready')) return []
  const sentence =
    answers.length === 0
      ? `${server} was never asked whether it is ready.`
      : `${server} was asked ${count(answers.length, 'time')} whether it is ready, and never said so.`
  return [{ server, fromMs: 0, toMs: 0, sentence }]
}

/** A refused connection and an answer of another kind do not come from being slow. */
function mayBeTheMachine({ answer, atMs, tookMs }: ReadinessProbe, stalls: readonly Stall[]): boolean {
  if (answer === 'refused' || answer === 'wrong') return false
  return stalls.some(({ fromMs, untilMs }) => fromMs <= atMs + tookMs && untilMs >= atMs - truthMs)
}

/** Probes of one server, one after another, with the same fault. */
interface Run {
  readonly server: string
  readonly fault: string
  readonly probes: ReadinessProbe[]
}

/** Null for an answer as promised. */
function faultOf(probe: ReadinessProbe, windows: readonly FaultWindow[]): string | null {
  const { server, answer, atMs, tookMs } = probe
  const felt = windows.filter(({ servers }) => servers.includes(server))
  const endMs = atMs + tookMs
  const isWithin = ({ injectedMs, healedMs }: FaultWindow, graceMs: number) =>
    endMs >= injectedMs && atMs <= healedMs + graceMs
  if (answer === 'wrong') return 'gave an answer that is neither ready nor not ready'
  if (answer === 'ready') {
    const lied = felt.find(
      ({ withoutDatabase, effectiveMs, healingMs }) =>
        withoutDatabase.includes(server) && atMs > effectiveMs + truthMs && endMs < healingMs,
    )
    return lied === undefined
      ? null
      : `said ready, but had no database from ${seconds(lied.effectiveMs)} to ${seconds(lied.healingMs)} (${lied.fault})`
  }
  if (answer === 'not_ready') {
    const isExcused = felt.some((window) => !unfelt.includes(window.fault) && isWithin(window, truthMs))
    return isExcused ? null : `said not ready, but nothing was wrong for ${truthMs} ms`
  }
  if (felt.some((window) => ending.includes(window.fault) && isWithin(window, 0))) return null
  const wasItsWorker = (window: FaultWindow) =>
    window.fault === 'worker_kill' && endMs >= window.injectedMs && endMs <= window.effectiveMs + noticedMs
  if (answer === 'refused' && felt.some(wasItsWorker)) return null
  return answer === 'silent'
    ? `did not answer within ${silentMs} ms`
    : 'refused the connection or broke it, but was not stopped'
}

function violationOf({ server, fault, probes }: Run): ReadinessFault {
  const times = probes.map(({ atMs }) => atMs)
  const [fromMs, lastMs] = [Math.min(...times), Math.max(...times)]
  const toMs = Math.max(...probes.map(({ atMs, tookMs }) => atMs + tookMs))
  const when =
    probes.length === 1
      ? `at ${seconds(fromMs)}`
      : `${probes.length} times from ${seconds(fromMs)} to ${seconds(lastMs)}`
  return { server, fromMs, toMs, sentence: `${server}, asked whether it is ready ${when}, ${fault}.` }
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`
}
