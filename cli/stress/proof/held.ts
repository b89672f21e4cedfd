/** What the product promises: a unit that was given back can be had in every process after this time. */
const noticedAfterUs = 1_000_000

/** Gathers when units of one coupon were taken and given back, and says how many can have been held at a time. */
export interface HeldUnits {
  /** A unit was taken at this moment or later. */
  take(sentUs: number): void
  /** A unit was back at this moment at the latest. */
  giveBack(endedUs: number): void
  /** Closes the books: nothing is added any more. */
  close(): { atMost(span: { sentUs: number; endedUs: number }): number }
}

/** `always`: units that were held before the run, or taken by others at a moment that nobody wrote down. */
export function createHeldUnits(always: number): HeldUnits {
  const taken: number[] = []
  const back: number[] = []
  return {
    take: (sentUs) => {
      taken.push(sentUs)
    },
    giveBack: (endedUs) => {
      back.push(endedUs)
    },
    close: () => {
      const [takenUs, backUs] = [Uint32Array.from(taken).sort(), Uint32Array.from(back).sort()]
      return {
        /** At any one moment of the span: every unit that can have been taken by its end is still held, but for those that were certainly back before it. */
        atMost: ({ sentUs, endedUs }) =>
          always + countUpTo(takenUs, endedUs) - countUpTo(backUs, sentUs - noticedAfterUs - 1),
      }
    },
  }
}

/** How many of the sorted moments are not after this one. */
function countUpTo(sortedUs: Uint32Array, momentUs: number): number {
  let [low, high] = [0, sortedUs.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((sortedUs[middle] ?? 0) <= momentUs) low = middle + 1
    else high = middle
  }
  return low
}
