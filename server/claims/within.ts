import type { Clock } from './batcher-clock.ts'

export interface Within<T> {
  readonly waitMs: number
  /** In place of an answer that has not come by then. */
  readonly late: T
  readonly clock: Clock
}

/** Waits for an answer so long and no longer; no timer is left behind. What comes later is dropped. */
export function within<T>(answer: Promise<T>, { waitMs, late, clock }: Within<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancelTimer = clock.setTimer(Math.max(0, Math.ceil(waitMs)), () => resolve(late))
    answer.then(resolve, reject).finally(cancelTimer)
  })
}
