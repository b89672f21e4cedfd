import { monitorEventLoopDelay, performance } from 'node:perf_hooks'
import { number } from '../../words.ts'
import type { GeneratorFigures } from '../report/document.ts'

/** How a thread that sends fared. */
export interface ThreadFigures {
  readonly lagMs: { readonly mean: number; readonly p99: number; readonly max: number }
  /** Share of the time in which its event loop had something to do, 0 to 1. */
  readonly busy: number
}

/** The monitor is a timer of its own; what it tells is the time between its turns, so this much is no lag. */
const resolutionMs = 10

/**
 * Watches the thread it is called in until the returned function is called. How busy it was is told by its event loop,
 * not its processor time, which Node 20 tells of the whole process only; a thread that waits for a processor is busy.
 */
export function watchThread(): () => ThreadFigures {
  const delays = monitorEventLoopDelay({ resolution: resolutionMs })
  delays.enable()
  const before = performance.eventLoopUtilization()
  return () => {
    const { utilization } = performance.eventLoopUtilization(before)
    delays.disable()
    const lag = (nanoseconds: number) =>
      delays.count === 0 ? 0 : rounded(Math.max(0, nanoseconds / 1_000_000 - resolutionMs))
    return {
      lagMs: { mean: lag(delays.mean), p99: lag(delays.percentile(99)), max: lag(delays.max) },
      busy: rounded(utilization),
    }
  }
}

export interface LoadCircumstances {
  readonly isOpen: boolean
  /** Requests sent over 10 ms after they were meant to be. */
  readonly late: number
}

/** Watches the process until the returned function is called with what its threads have seen of themselves. */
export function watchGenerator() {
  const startMs = performance.now()
  const before = process.cpuUsage()
  return (threads: readonly ThreadFigures[], circumstances: LoadCircumstances): GeneratorFigures => {
    const { user, system } = process.cpuUsage(before)
    const worst = (of: keyof ThreadFigures['lagMs']) => Math.max(...threads.map(({ lagMs }) => lagMs[of]))
    const lag = { mean: worst('mean'), p99: worst('p99'), max: worst('max') }
    const busiest = Math.max(...threads.map(({ busy }) => busy))
    const reason = limitOf({ busiest, lagP99Ms: lag.p99 }, circumstances)
    return {
      threads: threads.length,
      loop_lag_ms: lag,
      busiest_thread: busiest,
      cpus_used: rounded((user + system) / 1000 / (performance.now() - startMs)),
      // Since the process began: a peak does not fall.
      peak_memory_mb: Math.round(process.resourceUsage().maxRSS / 1024),
      was_limit: reason !== null,
      reason,
    }
  }
}

/** A thread with less than this to spare may have sent less than it was able to be answered. */
const busyMax = 0.9
const lagP99MsMax = 10

/** Why the generator, and not the server, may have set the pace; null when nothing says so. */
export function limitOf(
  { busiest, lagP99Ms }: { busiest: number; lagP99Ms: number },
  { isOpen, late }: LoadCircumstances,
): string | null {
  const cure = 'Send with more --threads, or from another machine.'
  if (busiest > busyMax) {
    return `The busiest thread of the load generator had work ${Math.round(busiest * 100)} % of the time. ${cure}`
  }
  if (!isOpen || late === 0 || lagP99Ms <= lagP99MsMax) return null
  return (
    `The load generator came round ${Math.round(lagP99Ms)} ms late (p99), and ${number(late)} ` +
    `${late === 1 ? 'request was' : 'requests were'} sent late. ${cure}`
  )
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000
}
