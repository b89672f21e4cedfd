import type { Stall } from '../history.ts'

const everyMs = 50
/** Less is what a busy machine does to anybody. */
const stallMsMin = 150

/** Tells when this process itself stood still, which must not be counted against a server. Returns how to stop it. */
export function watchStalls(nowMs: () => number, onStall: (stall: Stall) => void): () => void {
  let lastMs = nowMs()
  const timer = setInterval(() => {
    const untilMs = nowMs()
    if (untilMs - lastMs > everyMs + stallMsMin) onStall({ fromMs: lastMs, untilMs })
    lastMs = untilMs
  }, everyMs)
  return () => clearInterval(timer)
}
