/**
 * A self-clocked batcher: nothing in flight for a key, then what came in this turn of the event loop is
 * flushed at its end; one in flight, then what comes gathers behind it and is flushed when it returns. No
 * timer decides the size of a batch, the load does (the scheme of TigerBeetle's client and of database group
 * commit).
 *
 * States of an entry: waiting -> sent -> settled; waiting -> settled when it expires or is abandoned.
 * States of a lane (one key's queue): idle -> ready (in the round of keys) -> in flight -> idle or ready.
 * States of the batcher: open -> draining -> closed.
 * Every queue is bounded: `waiting` by `queueSizeMax`, flushes by `concurrencyMax`, a flush by `batchSizeMax`.
 */
export interface BatcherOptions<Item, Result> {
  /** One result an item, in order; an Error in its place rejects that item. `deadlineMs` is the batch's latest. */
  flush(key: string, items: readonly Item[], deadlineMs: number): Promise<readonly (Result | Error)[]>
  readonly batchSizeMax: number
  /** Entries that wait to be sent, over all keys; one more is told `results.overflow`. */
  readonly queueSizeMax: number
  /** Flushes under way at once, over all keys. */
  readonly concurrencyMax: number
  readonly results: {
    readonly overflow: Result
    /** Past its deadline and never sent. */
    readonly expiredUnsent: Result
    /** Past its deadline, sent, and not answered. */
    readonly expiredSent: Result
    readonly abandoned: Result
  }
  readonly clock?: BatcherClock
}

/** Time as the batcher sees it; a simulation brings its own. */
export interface BatcherClock {
  /** Milliseconds on a clock that never goes back. */
  now(): number
  /** Runs `run` after `ms`; the returned function cancels it. */
  setTimer(ms: number, run: () => void): () => void
  /** Runs `run` at the end of this turn of the event loop. */
  defer(run: () => void): void
}

export interface SubmitOptions {
  /**
   * When the caller stops waiting, on the batcher's clock. Expected to grow from call to call: one that is
   * earlier than its predecessor's is noticed together with it.
   */
  readonly deadlineMs: number
  readonly isAbandoned?: (() => boolean) | undefined
}

export interface Batcher<Item, Result> {
  submit(key: string, item: Item, options: SubmitOptions): Promise<Result>
  /** Answers everything accepted, then resolves. */
  close(): Promise<void>
  /** Entries that wait to be sent. */
  readonly waiting: number
}

interface Entry<Item, Result> {
  readonly item: Item
  readonly deadlineMs: number
  readonly isAbandoned: (() => boolean) | undefined
  readonly resolve: (result: Result) => void
  readonly reject: (error: unknown) => void
  state: 'waiting' | 'sent' | 'settled'
}

interface Lane<Item, Result> {
  readonly key: string
  queue: Entry<Item, Result>[]
  isReady: boolean
  isInFlight: boolean
}

export const systemClock: BatcherClock = {
  now: () => performance.now(),
  setTimer: (ms, run) => {
    const timer = setTimeout(run, ms)
    return () => clearTimeout(timer)
  },
  defer: (run) => {
    setImmediate(run)
  },
}

export function createBatcher<Item, Result>(options: BatcherOptions<Item, Result>): Batcher<Item, Result> {
  const { clock = systemClock, results, batchSizeMax, queueSizeMax, concurrencyMax } = options
  const lanes = new Map<string, Lane<Item, Result>>()
  const round: Lane<Item, Result>[] = []
  /** Entries not settled yet, oldest first. */
  const open = new Set<Entry<Item, Result>>()
  let waiting = 0
  let inFlight = 0
  let isDeferred = false
  let cancelTimer: (() => void) | undefined
  let onDrained: (() => void) | undefined
  let closing: Promise<void> | undefined

  function submit(key: string, item: Item, { deadlineMs, isAbandoned }: SubmitOptions): Promise<Result> {
    if (closing !== undefined || waiting >= queueSizeMax) return Promise.resolve(results.overflow)
    return new Promise((resolve, reject) => {
      const entry: Entry<Item, Result> = { item, deadlineMs, isAbandoned, resolve, reject, state: 'waiting' }
      open.add(entry)
      waiting += 1
      const lane = laneOf(key)
      lane.queue.push(entry)
      makeReady(lane)
      armTimer()
    })
  }

  function laneOf(key: string): Lane<Item, Result> {
    const known = lanes.get(key)
    if (known !== undefined) return known
    const lane: Lane<Item, Result> = { key, queue: [], isReady: false, isInFlight: false }
    lanes.set(key, lane)
    return lane
  }

  function makeReady(lane: Lane<Item, Result>): void {
    if (lane.isReady || lane.isInFlight) return
    lane.isReady = true
    round.push(lane)
    if (isDeferred) return
    isDeferred = true
    clock.defer(() => {
      isDeferred = false
      flushReady()
    })
  }

  function flushReady(): void {
    while (inFlight < concurrencyMax) {
      const lane = round.shift()
      if (lane === undefined) return
      lane.isReady = false
      const batch = takeBatch(lane)
      if (batch.length > 0) void send(lane, batch)
      else dropIfIdle(lane)
    }
  }

  /** The lane's next entries that somebody still waits for; the others are settled on the way. */
  function takeBatch(lane: Lane<Item, Result>): Entry<Item, Result>[] {
    const batch: Entry<Item, Result>[] = []
    const now = clock.now()
    let taken = 0
    for (const entry of lane.queue) {
      if (batch.length === batchSizeMax) break
      taken += 1
      if (entry.state === 'settled') continue
      if (entry.isAbandoned?.() === true) settle(entry, results.abandoned)
      else if (entry.deadlineMs <= now) settle(entry, results.expiredUnsent)
      else batch.push(entry)
    }
    lane.queue = taken === lane.queue.length ? [] : lane.queue.slice(taken)
    for (const entry of batch) entry.state = 'sent'
    waiting -= batch.length
    return batch
  }

  async function send(lane: Lane<Item, Result>, batch: readonly Entry<Item, Result>[]): Promise<void> {
    lane.isInFlight = true
    inFlight += 1
    try {
      let deadlineMs = 0
      for (const entry of batch) deadlineMs = Math.max(deadlineMs, entry.deadlineMs)
      const items = batch.map((entry) => entry.item)
      answer(batch, await options.flush(lane.key, items, deadlineMs))
    } catch (error) {
      for (const entry of batch) fail(entry, error)
    }
    inFlight -= 1
    lane.isInFlight = false
    if (lane.queue.length > 0) {
      lane.isReady = true
      round.push(lane)
    } else dropIfIdle(lane)
    flushReady()
  }

  function answer(batch: readonly Entry<Item, Result>[], answers: readonly (Result | Error)[]): void {
    if (answers.length !== batch.length) {
      throw new Error(
        `A flush must return one result an item: got ${answers.length} for ${batch.length} items.`,
      )
    }
    batch.forEach((entry, position) => {
      const told = answers[position] as Result | Error
      if (told instanceof Error) fail(entry, told)
      else settle(entry, told)
    })
  }

  function dropIfIdle(lane: Lane<Item, Result>): void {
    if (lane.queue.length === 0 && !lane.isInFlight && !lane.isReady) lanes.delete(lane.key)
  }

  function settle(entry: Entry<Item, Result>, result: Result): void {
    if (release(entry)) entry.resolve(result)
  }

  function fail(entry: Entry<Item, Result>, error: unknown): void {
    if (release(entry)) entry.reject(error)
  }

  /** False when the entry was settled before, as one is whose deadline passed while it was in flight. */
  function release(entry: Entry<Item, Result>): boolean {
    if (entry.state === 'settled') return false
    if (entry.state === 'waiting') waiting -= 1
    entry.state = 'settled'
    open.delete(entry)
    if (open.size === 0) {
      cancelTimer?.()
      cancelTimer = undefined
      onDrained?.()
    }
    return true
  }

  function armTimer(): void {
    if (cancelTimer !== undefined) return
    const [oldest] = open
    if (oldest === undefined) return
    cancelTimer = clock.setTimer(Math.max(1, Math.ceil(oldest.deadlineMs - clock.now())), expire)
  }

  function expire(): void {
    cancelTimer = undefined
    const now = clock.now()
    for (const entry of open) {
      if (entry.deadlineMs > now) break
      settle(entry, entry.state === 'sent' ? results.expiredSent : results.expiredUnsent)
    }
    armTimer()
  }

  return {
    submit,
    get waiting() {
      return waiting
    },
    close: () => {
      closing ??= new Promise((resolve) => {
        onDrained = resolve
        if (open.size === 0) resolve()
      })
      return closing
    },
  }
}
