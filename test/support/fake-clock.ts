import { setImmediate as turn } from 'node:timers/promises'
import type { BatcherClock } from '../../server/claims/batcher-clock.ts'

/** Time that stands still until it is moved, and an event loop whose turns end when they are told to. */
export interface FakeClock extends BatcherClock {
  /** Ends the turn: runs what was deferred, then lets promises settle. */
  endTurn(): Promise<void>
  /** Moves time, running the timers that come due on the way, in their order. */
  advance(ms: number): Promise<void>
  readonly timers: () => number
}

export function createFakeClock(): FakeClock {
  let nowMs = 1000
  let deferred: (() => void)[] = []
  const timers = new Set<{ dueMs: number; run(): void }>()

  async function endTurn(): Promise<void> {
    const due = deferred
    deferred = []
    for (const run of due) run()
    await turn()
  }

  return {
    now: () => nowMs,
    setTimer: (ms, run) => {
      const timer = { dueMs: nowMs + ms, run }
      timers.add(timer)
      return () => timers.delete(timer)
    },
    defer: (run) => {
      deferred.push(run)
    },
    endTurn,
    advance: async (ms) => {
      const untilMs = nowMs + ms
      for (;;) {
        const next = [...timers].sort((a, b) => a.dueMs - b.dueMs)[0]
        if (next === undefined || next.dueMs > untilMs) break
        nowMs = next.dueMs
        timers.delete(next)
        next.run()
      }
      nowMs = untilMs
      await turn()
    },
    timers: () => timers.size,
  }
}
