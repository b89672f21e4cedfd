import { createRandom } from '../stress/engine/order.ts'
import type { Draw } from './fault.ts'

/** Numbers that a seed repeats. `seed`: a whole number from 0 to 2^32 - 1. */
export function createDraw(seed: number): Draw {
  const next = createRandom(seed)
  return {
    next,
    between: (min, max) => min + Math.floor(next() * (max - min + 1)),
    pick: (items) => {
      const item = items[Math.floor(next() * items.length)]
      if (item === undefined) throw new RangeError('There is nothing to pick from.')
      return item
    },
  }
}

/** Numbers of their own for one of several, so that what one draws does not hang on when the others do. */
export function childDraw(draw: Draw): Draw {
  return createDraw(draw.between(0, 2 ** 32 - 1))
}
