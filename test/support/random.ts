import { randomInt } from 'node:crypto'

/** A random sequence that a number repeats (mulberry32). */
export interface Random {
  readonly seed: number
  /** A whole number from 0 to `below` - 1. */
  next(below: number): number
}

export function createRandom(seed: number): Random {
  let state = seed >>> 0
  return {
    seed,
    next: (below) => {
      state = (state + 0x6d2b79f5) >>> 0
      let mixed = Math.imul(state ^ (state >>> 15), state | 1)
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
      return ((mixed ^ (mixed >>> 14)) >>> 0) % below
    },
  }
}

/** Runs the work with a random sequence; a failure names its seed, which TEST_SEED repeats. */
export async function withRandom(work: (random: Random) => Promise<void>): Promise<void> {
  const random = createRandom(Number(process.env.TEST_SEED ?? randomInt(2 ** 32)))
  try {
    await work(random)
  } catch (error) {
    process.stderr.write(`\nThe random sequence of the failure: TEST_SEED=${random.seed}\n`)
    throw error
  }
}
