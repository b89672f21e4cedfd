import type { Meters } from '../metrics/meters.ts'
import { systemClock } from './batcher-clock.ts'
import { type ClaimDecision, type ClaimRequest, type ClaimStrategy, told } from './claim.ts'
import { within } from './within.ts'

export interface GateOptions {
  readonly queueSizeMax: number
  readonly onClosed?: () => Promise<void>
  readonly meters?: Pick<Meters, 'watch'> | undefined
}

/** Work that hangs past its deadline keeps a close so long, in milliseconds, and no longer. */
const lateMs = 1_000

/**
 * Bounds a strategy that works claim by claim: at most `queueSizeMax` at once, an answer at the deadline even
 * when the work hangs, and a close that waits for what was accepted; for a moment also for work whose claim was told at
 * its deadline, so that it can let go of what it holds.
 *
 * States: open -> closing (new claims are told `overloaded`) -> closed.
 */
export function createGatedStrategy(
  decide: (request: ClaimRequest, onSent: () => void) => Promise<ClaimDecision>,
  { queueSizeMax, onClosed, meters }: GateOptions,
): ClaimStrategy {
  const open = new Set<Promise<ClaimDecision>>()
  /** Under way, whether or not its claim was told. */
  const working = new Set<Promise<ClaimDecision>>()
  let closing: Promise<void> | undefined
  meters?.watch('claims_open', queueSizeMax, () => open.size)

  async function drain(): Promise<void> {
    await Promise.allSettled(open)
    await within<unknown>(Promise.allSettled(working), { waitMs: lateMs, late: null, clock: systemClock })
    await onClosed?.()
  }

  return {
    claim: async (request) => {
      if (closing !== undefined || open.size >= queueSizeMax) return told('overloaded')
      if (performance.now() >= request.deadlineMs) return told('unavailable')
      const answer = beforeDeadline((onSent) => keep(working, decide(request, onSent)), request)
      return keep(open, answer)
    },
    close: () => {
      closing ??= drain()
      return closing
    },
  }
}

/** In the set until it is settled. */
function keep<T>(set: Set<Promise<T>>, work: Promise<T>): Promise<T> {
  const leave = () => void set.delete(work)
  set.add(work)
  work.then(leave, leave)
  return work
}

/**
 * What is not decided at its deadline is `unknown` if it was sent, and `unavailable` if it still waited, for a
 * connection or a lock: `decide` sends nothing after the deadline.
 */
function beforeDeadline(
  decide: (onSent: () => void) => Promise<ClaimDecision>,
  request: ClaimRequest,
): Promise<ClaimDecision> {
  return new Promise((resolve, reject) => {
    let isSent = false
    const work = decide(() => {
      isSent = true
    })
    // A timer may fire up to a millisecond early, when the claim could still be sent.
    const waitMs = Math.max(0, Math.ceil(request.deadlineMs - performance.now()) + 1)
    const timer = setTimeout(() => resolve(told(isSent ? 'unknown' : 'unavailable')), waitMs)
    work.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}
