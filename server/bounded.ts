import { AppError } from './errors.ts'

export interface BoundedOptions {
  readonly concurrencyMax: number
  readonly queueMax: number
  /** Who has waited for so long is refused; nobody is when it is not said. */
  readonly waitMs?: number
  /** What a refusal says: of what there is too much. */
  readonly refusal: string
}

export interface Bounded {
  /** Throws `AppError('unreachable')` for work that cannot begin: who waits for longer than a client does helps nobody. */
  run<T>(work: () => Promise<T>): Promise<T>
  running(): number
  waiting(): number
}

/** Runs at most `concurrencyMax` pieces of work at once and lets at most `queueMax` wait, in order. */
export function createBounded({ concurrencyMax, queueMax, waitMs, refusal }: BoundedOptions): Bounded {
  const queue: (() => void)[] = []
  let running = 0

  function turn(): Promise<void> {
    return new Promise((resolve, reject) => {
      const giveUp = () => {
        queue.splice(queue.indexOf(begin), 1)
        reject(new AppError('unreachable', refusal))
      }
      const timer = waitMs === undefined ? undefined : setTimeout(giveUp, waitMs)
      const begin = () => {
        clearTimeout(timer)
        resolve()
      }
      queue.push(begin)
    })
  }

  return {
    run: async (work) => {
      if (running < concurrencyMax) running += 1
      else if (queue.length >= queueMax) throw new AppError('unreachable', refusal)
      // The one that ends hands its place over, so that nobody who comes later gets in between.
      else await turn()
      try {
        return await work()
      } finally {
        const next = queue.shift()
        if (next === undefined) running -= 1
        else next()
      }
    },
    running: () => running,
    waiting: () => queue.length,
  }
}
