/**
 * A self-clocked batcher: nothing in flight for a key, then what came in this turn of the event loop is
 * flushed at its end; one in flight, then what comes gathers behind it and is flushed when it returns. No
 * timer decides the size of a batch, the load does (the scheme of TigerBeetle's client and of database group
 * commit).
 *
 * Keys that are ready at the same time may share a flush, and with it the commit: then those that come while a shared
 * one is under way gather behind it, too. A shared flush waits for nobody: it may answer `deferred` for a key that is
 * held up elsewhere, and that key's entries are flushed again, alone.
 *
 * States of an entry: waiting -> sent -> settled; sent -> waiting when it is deferred; waiting -> settled when it
 * expires or is abandoned. States of the batcher: open -> draining -> closed.
 * Every queue is bounded: `waiting` by `queueSizeMax`, and what shared flushes put off comes on top; flushes by
 * `concurrencyMax`, a flush by `batchSizeMax`.
 */
import { systemClock } from './batcher-clock.ts'
import {
  type Batcher,
  type BatcherOptions,
  deferred,
  type FlushResult,
  type SubmitOptions,
} from './batching.ts'
import { createDeadlines } from './deadlines.ts'
import { createLanes, type Lane } from './lanes.ts'

interface Entry<Item, Result> {
  readonly key: string
  readonly item: Item
  readonly submittedMs: number
  readonly deadlineMs: number
  readonly isAbandoned: (() => boolean) | undefined
  readonly resolve: (result: Result) => void
  readonly reject: (error: unknown) => void
  state: 'waiting' | 'sent' | 'settled'
}

/** Some of a lane's entries, on their way. */
interface Part<Item, Result> {
  readonly lane: Lane<Entry<Item, Result>>
  readonly entries: readonly Entry<Item, Result>[]
}

export function createBatcher<Item, Result>(options: BatcherOptions<Item, Result>): Batcher<Item, Result> {
  const { clock = systemClock, results, batchSizeMax, queueSizeMax, concurrencyMax, sharedMax = 0 } = options
  const lanes = createLanes<Entry<Item, Result>>()
  const open = createDeadlines<Entry<Item, Result>>(clock, (entry) =>
    settle(entry, entry.state === 'sent' ? results.expiredSent : results.expiredUnsent),
  )
  let waiting = 0
  let inFlight = 0
  let sharedInFlight = 0
  let isDeferred = false
  let onDrained: (() => void) | undefined
  let closing: Promise<void> | undefined

  function submit(key: string, item: Item, { deadlineMs, isAbandoned }: SubmitOptions): Promise<Result> {
    if (closing !== undefined || waiting >= queueSizeMax) return Promise.resolve(results.overflow)
    return new Promise((resolve, reject) => {
      const submittedMs = clock.now()
      const entry = {
        key,
        item,
        submittedMs,
        deadlineMs,
        isAbandoned,
        resolve,
        reject,
        state: 'waiting',
      } as const
      open.add(entry)
      waiting += 1
      lanes.add(key, entry)
      flushLater()
    })
  }

  function flushLater(): void {
    if (isDeferred || lanes.ready() === 0) return
    isDeferred = true
    clock.defer(() => {
      isDeferred = false
      flushReady()
    })
  }

  function flushReady(): void {
    while (hasRoomAlone() && lanes.readyAlone() > 0) flushOne(lanes.nextAlone())
    while (lanes.ready() > 0) {
      const isShared = sharedMax > 0 && (lanes.ready() > 1 || sharedInFlight > 0)
      if (!(isShared ? hasRoomShared() : hasRoomAlone())) return
      if (isShared) flushSeveral()
      else flushOne(lanes.next())
    }
  }

  /** What waits for a lock elsewhere may take all of these places, and leaves the shared ones free. */
  function hasRoomAlone(): boolean {
    return inFlight - sharedInFlight < concurrencyMax - sharedMax
  }

  function hasRoomShared(): boolean {
    return sharedInFlight < sharedMax && inFlight < concurrencyMax
  }

  function flushOne(lane: Lane<Entry<Item, Result>> | undefined): void {
    if (lane === undefined) return
    const entries = takePart(lane, batchSizeMax)
    if (entries.length > 0) void send([{ lane, entries }])
    else lanes.returned(lane, [])
  }

  /** In turn, as long as there is room; the last one may have to leave some behind. */
  function flushSeveral(): void {
    const parts: Part<Item, Result>[] = []
    for (let room = batchSizeMax; room > 0; ) {
      const lane = lanes.next()
      if (lane === undefined) break
      const entries = takePart(lane, room)
      room -= entries.length
      if (entries.length > 0) parts.push({ lane, entries })
      else lanes.returned(lane, [])
    }
    if (parts.length > 0) void send(parts)
  }

  /** The lane's next entries that somebody still waits for; the others are settled on the way. */
  function takePart(lane: Lane<Entry<Item, Result>>, max: number): Entry<Item, Result>[] {
    const part: Entry<Item, Result>[] = []
    const now = clock.now()
    while (part.length < max && lane.queue.length > 0) {
      for (const entry of lanes.take(lane, max - part.length)) {
        if (entry.state === 'settled') continue
        if (entry.isAbandoned?.() === true) settle(entry, results.abandoned)
        else if (entry.deadlineMs <= now) settle(entry, results.expiredUnsent)
        else part.push(entry)
      }
    }
    for (const entry of part) entry.state = 'sent'
    waiting -= part.length
    return part
  }

  async function send(parts: readonly Part<Item, Result>[]): Promise<void> {
    const batch = parts.flatMap((part) => part.entries)
    const isShared = parts.length > 1
    const putBack = new Set<Entry<Item, Result>>()
    inFlight += 1
    if (isShared) sharedInFlight += 1
    try {
      answer(batch, await flush(parts, batch), putBack)
    } catch (error) {
      for (const entry of batch) fail(entry, error)
    }
    inFlight -= 1
    if (isShared) sharedInFlight -= 1
    for (const { lane, entries } of parts) {
      lanes.returned(lane, putBack.size === 0 ? [] : entries.filter((entry) => putBack.has(entry)))
    }
    flushReady()
  }

  function flush(parts: readonly Part<Item, Result>[], batch: readonly Entry<Item, Result>[]) {
    let deadlineMs = 0
    let oldestMs = Number.POSITIVE_INFINITY
    for (const entry of batch) {
      deadlineMs = Math.max(deadlineMs, entry.deadlineMs)
      oldestMs = Math.min(oldestMs, entry.submittedMs)
    }
    options.observe?.(batch.length, clock.now() - oldestMs)
    const items = batch.map((entry) => entry.item)
    return options.flush(
      parts.map(({ lane }) => lane.key),
      items,
      deadlineMs,
    )
  }

  function answer(
    batch: readonly Entry<Item, Result>[],
    answers: readonly FlushResult<Result>[],
    putBack: Set<Entry<Item, Result>>,
  ): void {
    if (answers.length !== batch.length) {
      throw new Error(
        `A flush must return one result an item: got ${answers.length} for ${batch.length} items.`,
      )
    }
    batch.forEach((entry, position) => {
      const told = answers[position] as FlushResult<Result>
      if (told === deferred) {
        if (entry.state === 'settled') return
        entry.state = 'waiting'
        waiting += 1
        putBack.add(entry)
      } else if (told instanceof Error) fail(entry, told)
      else settle(entry, told)
    })
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
    const wasWaiting = entry.state === 'waiting'
    entry.state = 'settled'
    if (wasWaiting) {
      waiting -= 1
      lanes.settled(entry.key, ({ state }) => state === 'settled')
    }
    open.delete(entry)
    if (open.size() === 0) onDrained?.()
    return true
  }

  return {
    submit,
    stats: () => ({ waiting, lanes: lanes.size(), inFlight }),
    close: () => {
      closing ??= new Promise((resolve) => {
        onDrained = resolve
        if (open.size() === 0) resolve()
      })
      return closing
    },
  }
}
