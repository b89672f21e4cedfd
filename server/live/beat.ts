/**
 * Runs `run` at the moments that are `offsetMs` after a multiple of `everyMs` by the clock, one run after the other; a
 * moment that passes while one is under way is left out. By the clock, so that what all processes tell at their beat is
 * there when all of them look at it a little later. `run` must not reject.
 *
 * States: waiting -> running -> waiting …; stopped, when what is under way has ended.
 */
export function startBeat({
  everyMs,
  offsetMs,
  run,
}: {
  readonly everyMs: number
  readonly offsetMs: number
  readonly run: () => Promise<void>
}): { stop(): Promise<void> } {
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> | undefined
  let isStopped = false

  function wait(): void {
    if (isStopped) return
    timer = setTimeout(begin, everyMs - ((Date.now() - offsetMs) % everyMs))
    timer.unref()
  }

  function begin(): void {
    running = run().finally(wait)
  }

  wait()
  return {
    stop: async () => {
      isStopped = true
      clearTimeout(timer)
      await running
    },
  }
}

/** Bounds the share of the time that a piece of work takes: after one that took long comes a long pause. */
export interface Pace {
  isDue(): boolean
  /** Takes the time of the work, also when it rejects. */
  time<T>(work: () => Promise<T>): Promise<T>
}

/** `pauseMsMax` bounds the pause, whatever the work took. */
export function createPace({
  share,
  pauseMsMax,
  now,
}: {
  readonly share: number
  readonly pauseMsMax: number
  readonly now: () => number
}): Pace {
  let dueMs = Number.NEGATIVE_INFINITY
  const ended = (beganMs: number) => {
    const nowMs = now()
    dueMs = nowMs + Math.min(pauseMsMax, (nowMs - beganMs) * (1 / share - 1))
  }
  return {
    isDue: () => now() >= dueMs,
    time: async (work) => {
      const beganMs = now()
      try {
        return await work()
      } finally {
        ended(beganMs)
      }
    },
  }
}

/** What is to be done once in so many milliseconds. */
export interface Every {
  /** True once in that time. */
  isDue(): boolean
  /** It was done now, due or not. */
  begin(): void
}

/** Whoever asks does so once in a beat, which is never early, but for what a timer is off. */
const slackMs = 50

export function createEvery(ms: number, now: () => number): Every {
  let lastMs = 0
  return {
    isDue: () => {
      const nowMs = now()
      if (nowMs - lastMs < ms - slackMs) return false
      lastMs = nowMs
      return true
    },
    begin: () => {
      lastMs = now()
    },
  }
}
