import type { BatcherClock } from '../../server/claims/batcher-clock.ts'

/** The time of one simulated world. It stands still while anybody acts, and then jumps to the next that is due. */
export interface SimulatedClock {
  now(): number
  /** Runs `run` after `ms`. */
  at(ms: number, run: () => void): () => void
  /** Something was told to the product, whose promises have to run on before time does. */
  wake(): void
  /** A promise of the product's was rejected, which nobody may have handled: the event loop has to look. */
  noteRejection(): void
  /** The time of one server process. */
  ofProcess(): ProcessClock
  /** Runs what is due, until the product has something to do; false when nothing is left. */
  advance(): boolean
  /** Lets the product run on, until nobody has anything more to do at this moment. */
  runOn(): Promise<void>
}

export interface ProcessClock extends BatcherClock {
  readonly timers: () => number
  /** The process is gone: nothing of it runs any more. */
  kill(): void
}

interface Timer {
  readonly dueMs: number
  readonly order: number
  /** Undefined once it has run or was cancelled. */
  run: (() => void) | undefined
}

const startMs = 10_000

export function createSimulatedClock(): SimulatedClock {
  const heap: Timer[] = []
  let nowMs = startMs
  let order = 0
  let isAwake = false
  let mayBeUnhandled = false
  let ending: (() => void)[] = []

  function at(ms: number, run: () => void): () => void {
    order += 1
    const timer: Timer = { dueMs: nowMs + ms, order, run }
    push(heap, timer)
    return () => {
      timer.run = undefined
    }
  }

  async function runOn(): Promise<void> {
    do {
      isAwake = false
      await new Promise<void>(endTurn)
      if (ending.length === 0) continue
      const due = ending
      ending = []
      for (const run of due) run()
      isAwake = true
    } while (isAwake)
  }

  /**
   * When the next tick comes, all promises have run on; that costs a fraction of a turn of the event loop, which alone
   * finds rejections that nobody handles. So it is turned when there may be one.
   */
  function endTurn(next: () => void): void {
    if (mayBeUnhandled) setImmediate(next)
    else process.nextTick(next)
    mayBeUnhandled = false
  }

  function ofProcess(): ProcessClock {
    const cancels = new Set<() => void>()
    let isDead = false
    return {
      now: () => nowMs,
      setTimer: (ms, run) => {
        if (isDead) return () => {}
        const cancel = () => {
          cancels.delete(cancel)
          cancelTimer()
        }
        const cancelTimer = at(ms, () => {
          cancels.delete(cancel)
          isAwake = true
          run()
        })
        cancels.add(cancel)
        return cancel
      },
      defer: (run) => {
        if (!isDead) ending.push(() => isDead || run())
      },
      timers: () => cancels.size,
      kill: () => {
        isDead = true
        for (const cancel of cancels) cancel()
      },
    }
  }

  return {
    now: () => nowMs,
    at,
    wake: () => {
      isAwake = true
    },
    noteRejection: () => {
      mayBeUnhandled = true
    },
    ofProcess,
    runOn,
    advance: () => {
      if (isAwake) return true
      for (let timer = pop(heap); timer !== undefined; timer = pop(heap)) {
        const { run } = timer
        if (run === undefined) continue
        timer.run = undefined
        nowMs = timer.dueMs
        run()
        if (isAwake) return true
      }
      return false
    },
  }
}

const isBefore = (a: Timer, b: Timer) => a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.order < b.order)

function push(heap: Timer[], timer: Timer): void {
  let place = heap.push(timer) - 1
  while (place > 0) {
    const parent = (place - 1) >> 1
    if (!isBefore(timer, heap[parent]!)) break
    heap[place] = heap[parent]!
    place = parent
  }
  heap[place] = timer
}

function pop(heap: Timer[]): Timer | undefined {
  const first = heap[0]
  const last = heap.pop()
  if (last === undefined || heap.length === 0) return first
  let place = 0
  for (;;) {
    let child = place * 2 + 1
    if (child >= heap.length) break
    if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child += 1
    if (!isBefore(heap[child]!, last)) break
    heap[place] = heap[child]!
    place = child
  }
  heap[place] = last
  return first
}
