import { AppError } from '../errors.ts'
import type { Watch } from '../metrics/bounded.ts'

export interface BoundedOptions {
  readonly concurrencyMax: number
  readonly queueMax: number
  readonly watch?: Watch | undefined
}

/**
 * Runs at most `concurrencyMax` pieces of work at once and lets at most `queueMax` wait, in order. Throws
 * `AppError('unreachable')` for one more: who waits for longer than a client does helps nobody.
 */
export function createBounded({ concurrencyMax, queueMax, watch }: BoundedOptions) {
  const waiting: (() => void)[] = []
  let running = 0
  watch?.('passwords_running', concurrencyMax, () => running)
  watch?.('passwords_waiting', queueMax, () => waiting.length)

  return async function bounded<T>(work: () => Promise<T>): Promise<T> {
    if (running < concurrencyMax) running += 1
    else if (waiting.length >= queueMax)
      throw new AppError('unreachable', 'Too many passwords are being checked.')
    // The one that ends hands its place over, so that nobody who comes later gets in between.
    else await new Promise<void>((resolve) => waiting.push(resolve))
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next === undefined) running -= 1
      else next()
    }
  }
}
