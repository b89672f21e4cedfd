import { setTimeout as delay } from 'node:timers/promises'

/** Work that a server does by itself, again and again. */
export interface Chore {
  readonly name: string
  /** The pause between two runs. */
  readonly everyMs: number
  run(signal: AbortSignal): Promise<unknown>
}

/**
 * Runs each chore in a loop of its own, the first time at once. One that fails is told, and tried again after its pause.
 *
 * States: running -> closing (what is under way is asked to stop, and waited for) -> closed.
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
      await Promise.all(loops)
    },
  }
}
