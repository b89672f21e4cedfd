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
 * Its parts: entries.ts (who waits for an answer), lanes.ts (the queues of the keys, and whose turn it is), flights.ts
 * (what is flushed next, and how much at once), deadlines.ts. States of the batcher: open -> draining -> closed.
 * Every queue is bounded: `waiting` by `queueSizeMax`, and what shared flushes put off comes on top; flushes by
 * `concurrencyMax`, a flush by `batchSizeMax`.
 */
import { systemClock } from './batcher-clock.ts'
import { type Batcher, type BatcherOptions, deferred, type FlushResult } from './batching.ts'
import { createEntries, type Entries, type Entry } from './entries.ts'
import { createFlights, type Flight } from './flights.ts'
import { createLanes } from './lanes.ts'

export function createBatcher<Item, Result>(options: BatcherOptions<Item, Result>): Batcher<Item, Result> {
  const { clock = systemClock, results, queueSizeMax, sharedMax = 0 } = options
  const lanes = createLanes<Entry<Item, Result>>()
  const entries = createEntries<Item, Result>({ lanes, results, clock })
  const flights = createFlights<Item, Result>({ ...options, lanes, entries, clock, sharedMax })
  let isDeferred = false
  let closing: Promise<void> | undefined

  function flushLater(): void {
    if (isDeferred || lanes.ready() === 0) return
    isDeferred = true
    clock.defer(() => {
      isDeferred = false
      flushReady()
    })
  }

  function flushReady(): void {
    for (let flight = flights.next(); flight !== undefined; flight = flights.next()) void send(flight)
  }

  async function send(flight: Flight<Item, Result>): Promise<void> {
    const batch = flight.flatMap((part) => part.entries)
    try {
      answer(entries, batch, await flush(flight, batch))
    } catch (error) {
      for (const entry of batch) entries.fail(entry, error)
    }
    flights.returned(flight)
    flushReady()
  }

  function flush(flight: Flight<Item, Result>, batch: readonly Entry<Item, Result>[]) {
    const { deadlineMs, oldestMs } = timesOf(batch)
    options.observe?.(batch.length, clock.now() - oldestMs)
    const keys = flight.map(({ lane }) => lane.key)
    const items = batch.map(({ item }) => item)
    return options.flush(keys, items, deadlineMs)
  }

  return {
    submit: (key, item, { deadlineMs, isAbandoned }) => {
      if (closing !== undefined || entries.waiting() >= queueSizeMax) return Promise.resolve(results.overflow)
      return new Promise((resolve, reject) => {
        const submittedMs = clock.now()
        entries.add({ key, item, submittedMs, deadlineMs, isAbandoned, resolve, reject, state: 'waiting' })
        flushLater()
      })
    },
    stats: () => ({ waiting: entries.waiting(), lanes: lanes.size(), inFlight: flights.inFlight() }),
    close: () => {
      closing ??= entries.drained()
      return closing
    },
  }
}

/** The batch's latest deadline, and since when its oldest entry waits. */
function timesOf(batch: readonly Pick<Entry<unknown, unknown>, 'deadlineMs' | 'submittedMs'>[]) {
  let deadlineMs = 0
  let oldestMs = Number.POSITIVE_INFINITY
  for (const entry of batch) {
    deadlineMs = Math.max(deadlineMs, entry.deadlineMs)
    oldestMs = Math.min(oldestMs, entry.submittedMs)
  }
  return { deadlineMs, oldestMs }
}

function answer<Item, Result>(
  entries: Entries<Item, Result>,
  batch: readonly Entry<Item, Result>[],
  answers: readonly FlushResult<Result>[],
): void {
  if (answers.length !== batch.length) {
    throw new Error(
      `A flush must return one result an item: got ${answers.length} for ${batch.length} items.`,
    )
  }
  batch.forEach((entry, position) => {
    const told = answers[position] as FlushResult<Result>
    if (told === deferred) entries.defer(entry)
    else if (told instanceof Error) entries.fail(entry, told)
    else entries.settle(entry, told)
  })
}
