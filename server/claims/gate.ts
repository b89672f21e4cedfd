import type { Meters } from '../metrics/meters.ts'
import { type ClaimDecision, type ClaimRequest, type ClaimStrategy, told } from './claim.ts'

export interface GateOptions {
  readonly queueSizeMax: number
  readonly onClosed?: () => Promise<void>
  readonly meters?: Pick<Meters, 'watch'> | undefined
}

/**
 * Bounds a strategy that works claim by claim: at most `queueSizeMax` at once, an answer at the deadline even
 * when the work hangs, and a close that waits for what was accepted.
 *
 * States: open -> closing (new claims are told `overloaded`) -> closed.
 */
export function createGatedStrategy(
  decide: (request: ClaimRequest, onSent: () => void) => Promise<ClaimDecision>,
  { queueSizeMax, onClosed, meters }: GateOptions,
): ClaimStrategy {
  const open = new Set<Promise<ClaimDecision>>()
  let closing: Promise<void> | undefined
  meters?.watch('claims_open', queueSizeMax, () => open.size)

  async function drain(): Promise<void> {
    await Promise.allSettled(open)
    await onClosed?.()
  }

  return {
    claim: async (request) => {
      if (closing !== undefined || open.size >= queueSizeMax) return told('overloaded')
      if (performance.now() >= request.deadlineMs) return told('unavailable')
      const work = beforeDeadline(decide, request)
      open.add(work)
      try {
        return await work
      } finally {
        open.delete(work)
      }
    },
    close: () => {
      closing ??= drain()
      return closing
    },
  }
}

/**
 * What is not decided at its deadline is `unknown` if it was sent, and `unavailable` if it still waited, for a
 * connection or a lock: `decide` sends nothing after the deadline.
 */
function beforeDeadline(
  decide: (request: ClaimRequest, onSent: () => void) => Promise<ClaimDecision>,
  request: ClaimRequest,
): Promise<ClaimDecision> {
  return new Promise((resolve, reject) => {
    let isSent = false
    const work = decide(request, () => {
      isSent = true
    })
    // A timer may fire up to a millisecond early, when the claim could still be sent.
    const waitMs = Math.max(0, Math.ceil(request.deadlineMs - performance.now()) + 1)
    const timer = setTimeout(() => resolve(told(isSent ? 'unknown' : 'unavailable')), waitMs)
    work.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}
