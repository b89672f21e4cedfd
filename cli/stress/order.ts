/** A stream of numbers in [0, 1) that a 32-bit seed decides (mulberry32). */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/**
 * Who asks in which turn: each user's index as often as there are attempts, shuffled (Fisher-Yates), the same
 * for the same seed.
 */
export function requestOrder(shape: { users: number; attempts: number; seed: number }): Uint32Array {
  const order = Uint32Array.from({ length: shape.users * shape.attempts }, (_, turn) => turn % shape.users)
  const random = createRandom(shape.seed)
  for (let last = order.length - 1; last > 0; last--) {
    const chosen = Math.floor(random() * (last + 1))
    const user = order[last] ?? 0
    order[last] = order[chosen] ?? 0
    order[chosen] = user
  }
  return order
}
