import { setTimeout as delay } from 'node:timers/promises'
import { systemClock } from './claims/batcher-clock.ts'
import { within } from './claims/within.ts'

/** Work that a server does by itself, again and again. */
export interface Chore {
  readonly name: string
  /** The pause between two runs. */
  readonly everyMs: number
  run(signal: AbortSignal): Promise<unknown>
}

/**
 * A statement to a database that is silent takes as long as a request to it, for which a stop has waited already: what is
 * under way for longer ends with its connection. With the 8 s for requests and what connections take, a stop stays within 10 s.
 */
const closeMsMax = 500

/**
 * Runs each chore in a loop of its own, the first time at once. One that fails is told, and tried again after its pause.
 *
 * States: running -> closing (what is under way is asked to stop, and waited for, up to half a second) -> closed.
 */
export function startChores(
  chores: readonly Chore[],
  onError: (chore: string, error: unknown) => void,
): { close(): Promise<void> } {
  const controller = new AbortController()
  const { signal } = controller
  const loops = chores.map(async ({ name, everyMs, run }) => {
    while (!signal.aborted) {
      await run(signal).catch((error: unknown) => {
        if (!signal.aborted) onError(name, error)
      })
      // Rejects when it is aborted, which ends the loop.
      await delay(everyMs, undefined, { signal, ref: false }).catch(() => {})
    }
  })
  return {
    close: async () => {
      controller.abort()
      await within<unknown>(Promise.all(loops), { waitMs: closeMsMax, late: null, clock: systemClock })
    },
  }
}
