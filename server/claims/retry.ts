import { fateOf } from '../db/sqlstate.ts'
import { type Clock, systemClock } from './batcher-clock.ts'

/** A decision that was not reached: nothing was changed, or nobody knows. */
export type Undecided = 'unavailable' | 'unknown'

const pauseMsFirst = 10
const pauseMsMax = 250

/**
 * Runs `attempt` until it decides or `deadlineMs` (of `clock`) has come. An attempt whose answer
 * was lost may have been committed, or still wait for a lock; the next one is told so (`isRetry`), finds its rows by
 * their keys and leaves its own answers for it, so trying again is safe, and only when the deadline comes first is the
 * outcome `unknown`. Rethrows what a retry cannot mend.
 */
export async function untilDecided<T>(
  deadlineMs: number,
  attempt: (isRetry: boolean) => Promise<T>,
  clock: Clock = systemClock,
): Promise<T | Undecided> {
  let mayBeStored = false
  let pauseMs = pauseMsFirst
  for (;;) {
    try {
      const decided = await attempt(mayBeStored)
      // An attempt that came too late sent nothing, but the one before it may have been stored.
      return decided === 'unavailable' && mayBeStored ? 'unknown' : decided
    } catch (error) {
      const fate = fateOf(error)
      if (fate === 'rejected' || fate === 'fatal') throw error
      if (fate === 'unknown') mayBeStored = true
      if (clock.now() + pauseMs >= deadlineMs) return mayBeStored ? 'unknown' : 'unavailable'
      await new Promise<void>((resolve) => clock.setTimer(pauseMs, resolve))
      pauseMs = Math.min(pauseMs * 2, pauseMsMax)
    }
  }
}
