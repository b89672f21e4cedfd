import { type Counted, createTotals, type Figures, figuresOf } from './counted.ts'

/** What happened in one interval of `seconds` that ended at `at`, in milliseconds since 1970. */
export interface Tick extends Figures {
  readonly at: number
  readonly seconds: number
}

/** The last two minutes, second by second. */
export interface History {
  add(counted: Counted, atMs: number): void
  /** The oldest first; the second that has not ended yet is not in it. */
  read(atMs: number): readonly Tick[]
  /** Forgets all, when it is not known what happened in the meantime. */
  clear(): void
}

const secondsKept = 120

export function createHistory(): History {
  const totals = createTotals()
  let ticks: Tick[] = []
  /** The second that is being counted; null before the first. */
  let current: number | null = null

  /** Ends every second before this one. Those in which nothing was told had nothing to tell. */
  function advance(atMs: number): void {
    const second = Math.floor(atMs / 1000)
    const from = Math.max(current ?? second, second - secondsKept)
    for (let ended = from; ended < second; ended += 1) {
      ticks.push({ at: (ended + 1) * 1000, seconds: 1, ...figuresOf(totals.take()) })
    }
    ticks = ticks.slice(-secondsKept)
    current = Math.max(second, current ?? second)
  }

  return {
    add: (counted, atMs) => {
      advance(atMs)
      totals.add(counted)
    },
    read: (atMs) => {
      advance(atMs)
      return ticks
    },
    clear: () => {
      totals.take()
      ticks = []
      current = null
    },
  }
}
