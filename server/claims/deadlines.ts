import type { BatcherClock } from './batcher-clock.ts'

/**
 * Who waits, oldest first, and one timer for the first deadline. Deadlines are expected to grow from one to the next: one
 * that is earlier than its predecessor's is noticed together with it.
 */
export interface Deadlines<Entry> {
  readonly size: number
  add(entry: Entry): void
  /** No timer is left behind with the last one. */
  delete(entry: Entry): void
}

export function createDeadlines<Entry extends { readonly deadlineMs: number }>(
  clock: BatcherClock,
  onExpired: (entry: Entry) => void,
): Deadlines<Entry> {
  const open = new Set<Entry>()
  let cancelTimer: (() => void) | undefined

  function armTimer(): void {
    if (cancelTimer !== undefined) return
    const [oldest] = open
    if (oldest === undefined) return
    cancelTimer = clock.setTimer(Math.max(1, Math.ceil(oldest.deadlineMs - clock.now())), expire)
  }

  function expire(): void {
    cancelTimer = undefined
    const now = clock.now()
    for (const entry of open) {
      if (entry.deadlineMs > now) break
      onExpired(entry)
    }
    armTimer()
  }

  return {
    get size() {
      return open.size
    },
    add: (entry) => {
      open.add(entry)
      armTimer()
    },
    delete: (entry) => {
      open.delete(entry)
      if (open.size > 0) return
      cancelTimer?.()
      cancelTimer = undefined
    },
  }
}
