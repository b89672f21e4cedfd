import type { BatcherClock } from './batcher-clock.ts'

/**
 * Who waits, and one timer for the first deadline. Deadlines are expected to grow from one to the next. One that is
 * earlier than its predecessor's, of somebody who has spent time elsewhere, is kept apart: those are looked through, the
 * others are in their order.
 */
export interface Deadlines<Entry> {
  size(): number
  add(entry: Entry): void
  /** No timer is left behind with the last one. */
  delete(entry: Entry): void
}

export function createDeadlines<Entry extends { readonly deadlineMs: number }>(
  clock: BatcherClock,
  onExpired: (entry: Entry) => void,
): Deadlines<Entry> {
  const ordered = new Set<Entry>()
  const early = new Set<Entry>()
  let latestMs = Number.NEGATIVE_INFINITY
  let timer: { readonly deadlineMs: number; cancel(): void } | undefined

  function armTimer(): void {
    let deadlineMs = Number.POSITIVE_INFINITY
    for (const entry of early) deadlineMs = Math.min(deadlineMs, entry.deadlineMs)
    const [first] = ordered
    if (first !== undefined) deadlineMs = Math.min(deadlineMs, first.deadlineMs)
    if (deadlineMs === Number.POSITIVE_INFINITY) return
    const waitMs = Math.max(1, Math.ceil(deadlineMs - clock.now()))
    timer = { deadlineMs, cancel: clock.setTimer(waitMs, expire) }
  }

  function expire(): void {
    timer = undefined
    const now = clock.now()
    for (const entry of early) if (entry.deadlineMs <= now) onExpired(entry)
    for (const entry of ordered) {
      if (entry.deadlineMs > now) break
      onExpired(entry)
    }
    if (timer === undefined) armTimer()
  }

  function disarm(): void {
    timer?.cancel()
    timer = undefined
  }

  return {
    size: () => ordered.size + early.size,
    add: (entry) => {
      const { deadlineMs } = entry
      if (deadlineMs < latestMs) early.add(entry)
      else ordered.add(entry)
      latestMs = Math.max(latestMs, deadlineMs)
      if (timer !== undefined && timer.deadlineMs <= deadlineMs) return
      disarm()
      armTimer()
    },
    delete: (entry) => {
      if (!ordered.delete(entry)) early.delete(entry)
      if (ordered.size + early.size === 0) disarm()
    },
  }
}
