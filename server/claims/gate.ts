import type { ClaimOutcome, ClaimRequest, ClaimStrategy } from './claim.ts'

/**
 * Bounds a strategy that works claim by claim: at most `queueSizeMax` at once, an answer at the deadline even
 * when the work hangs, and a close that waits for what was accepted.
 *
 * States: open -> closing (new claims are told `overloaded`) -> closed.
 */
export function createGatedStrategy(
  decide: (request: ClaimRequest) => Promise<ClaimOutcome>,
  { queueSizeMax, onClosed }: { queueSizeMax: number; onClosed?: () => Promise<void> },
): ClaimStrategy {
  const open = new Set<Promise<ClaimOutcome>>()
  let closing: Promise<void> | undefined

  async function drain(): Promise<void> {
    await Promise.allSettled(open)
    await onClosed?.()
  }

  return {
    claim: async (request) => {
      if (closing !== undefined || open.size >= queueSizeMax) return 'overloaded'
      if (performance.now() >= request.deadlineMs) return 'unavailable'
      const work = beforeDeadline(decide(request), request.deadlineMs)
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

/** A claim that hangs past its deadline was sent, as far as anybody can tell: its outcome is unknown. */
function beforeDeadline(work: Promise<ClaimOutcome>, deadlineMs: number): Promise<ClaimOutcome> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve('unknown'), Math.max(0, deadlineMs - performance.now()))
    work.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}
