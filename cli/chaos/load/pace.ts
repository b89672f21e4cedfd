import { setTimeout as sleep } from 'node:timers/promises'

/** What was missed while nothing could be sent is not made up for beyond this. */
const catchUpMs = 100

/** Resolves so often a second at most, evenly, over all who ask. */
export function createPace(perS: number, nowMs: () => number): () => Promise<void> {
  const everyMs = 1000 / perS
  let dueMs = 0
  return async () => {
    dueMs = Math.max(dueMs, nowMs() - catchUpMs) + everyMs
    const waitMs = dueMs - nowMs()
    if (waitMs > 0) await sleep(waitMs)
  }
}
