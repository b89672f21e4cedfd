import { type IRateLimiterOptions, RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import { createGenerations, type Generations } from './generations.ts'

export interface MemoryLimiterOptions extends IRateLimiterOptions {
  readonly points: number
  /** In seconds. */
  readonly duration: number
  /** Keys that are counted at once, at most; one is kept for half as many others at least. */
  readonly keysMax: number
}

interface Count {
  points: number
  readonly endsAtMs: number
}

export interface MemoryLimiter extends RateLimiterMemory {
  size(): number
}

/**
 * Counts in memory as the library does, but never more keys than it may: a storm of made-up names must not fill the
 * memory. Those that were not counted for longest are forgotten with their counts (generations.ts).
 */
export function createMemoryLimiter(options: MemoryLimiterOptions): MemoryLimiter {
  return new BoundedMemory(options)
}

/** A class, since the library wants a limiter of its own kind in place of Redis. */
class BoundedMemory extends RateLimiterMemory implements MemoryLimiter {
  readonly #counts: Generations<Count>

  constructor(options: MemoryLimiterOptions) {
    super(options)
    this.#counts = createGenerations(options.keysMax)
  }

  size(): number {
    return this.#counts.size()
  }

  override async consume(key: string, points = 1): Promise<RateLimiterRes> {
    const result = this.#add(key, points)
    if (result.consumedPoints > this.points) throw result
    return result
  }

  override async reward(key: string, points = 1): Promise<RateLimiterRes> {
    return this.#add(key, -points)
  }

  #add(key: string, points: number): RateLimiterRes {
    const nowMs = Date.now()
    const known = this.#counts.get(key)
    const isNew = known === undefined || known.endsAtMs <= nowMs
    const count = isNew ? { points: 0, endsAtMs: nowMs + this.msDuration } : known
    count.points += points
    this.#counts.set(key, count)
    const left = Math.max(0, this.points - count.points)
    return new RateLimiterRes(left, count.endsAtMs - nowMs, count.points, isNew)
  }
}
