/** Time as those see it who wait; a simulation brings its own. */
export interface Clock {
  /** Milliseconds on a clock that never goes back. */
  now(): number
  /** Runs `run` after `ms`; the returned function cancels it. */
  setTimer(ms: number, run: () => void): () => void
}

/** Time as a batcher sees it. */
export interface BatcherClock extends Clock {
  /** Runs `run` at the end of this turn of the event loop. */
  defer(run: () => void): void
}

export const systemClock: BatcherClock = {
  now: () => performance.now(),
  setTimer: (ms, run) => {
    const timer = setTimeout(run, ms)
    return () => clearTimeout(timer)
  },
  defer: (run) => {
    setImmediate(run)
  },
}
