/**
 * What a batcher has let in and not answered yet.
 *
 * States of an entry: waiting -> sent -> settled; sent -> waiting when it is deferred; waiting -> settled when it
 * expires or is abandoned; sent -> settled when it expires, and what its flush tells of it later is not heard.
 */
import type { BatcherClock } from './batcher-clock.ts'
import type { BatcherOptions } from './batching.ts'
import { createDeadlines } from './deadlines.ts'
import type { Lanes } from './lanes.ts'

export interface Entry<Item, Result> {
  readonly key: string
  readonly item: Item
  readonly submittedMs: number
  readonly deadlineMs: number
  readonly isAbandoned: (() => boolean) | undefined
  readonly resolve: (result: Result) => void
  readonly reject: (error: unknown) => void
  state: 'waiting' | 'sent' | 'settled'
}

export interface Entries<Item, Result> {
  /** How many wait to be sent. */
  waiting(): number
  /** The entry waits, in its lane, until its deadline. */
  add(entry: Entry<Item, Result>): void
  /** It is on its way from now on; false when nobody waits for it any more, and it must not be sent. */
  send(entry: Entry<Item, Result>, nowMs: number): boolean
  /** It waits again, unless it was settled meanwhile; who took it from its lane gives it back there. */
  defer(entry: Entry<Item, Result>): void
  settle(entry: Entry<Item, Result>, result: Result): void
  fail(entry: Entry<Item, Result>, error: unknown): void
  /** Resolves when all are settled; to be called once. */
  drained(): Promise<void>
}

export interface EntriesParts<Item, Result> {
  readonly lanes: Lanes<Entry<Item, Result>>
  readonly results: BatcherOptions<Item, Result>['results']
  readonly clock: BatcherClock
}

export function createEntries<Item, Result>(parts: EntriesParts<Item, Result>): Entries<Item, Result> {
  const { lanes, results, clock } = parts
  const open = createDeadlines<Entry<Item, Result>>(clock, (entry) =>
    settle(entry, entry.state === 'sent' ? results.expiredSent : results.expiredUnsent),
  )
  let waiting = 0
  let onDrained: (() => void) | undefined

  function settle(entry: Entry<Item, Result>, result: Result): void {
    if (release(entry)) entry.resolve(result)
  }

  /** False when the entry was settled before, as one is whose deadline passed while it was in flight. */
  function release(entry: Entry<Item, Result>): boolean {
    if (isSettled(entry)) return false
    const wasWaiting = isWaiting(entry)
    entry.state = 'settled'
    if (wasWaiting) {
      waiting -= 1
      lanes.settled(entry.key, isSettled)
    }
    open.delete(entry)
    if (open.size() === 0) onDrained?.()
    return true
  }

  return {
    waiting: () => waiting,
    add: (entry) => {
      open.add(entry)
      waiting += 1
      lanes.add(entry.key, entry)
    },
    send: (entry, nowMs) => {
      if (isSettled(entry)) return false
      if (entry.isAbandoned?.() === true) settle(entry, results.abandoned)
      else if (entry.deadlineMs <= nowMs) settle(entry, results.expiredUnsent)
      if (isSettled(entry)) return false
      entry.state = 'sent'
      waiting -= 1
      return true
    },
    defer: (entry) => {
      if (isSettled(entry)) return
      entry.state = 'waiting'
      waiting += 1
    },
    settle,
    fail: (entry, error) => {
      if (release(entry)) entry.reject(error)
    },
    drained: () =>
      new Promise((resolve) => {
        onDrained = resolve
        if (open.size() === 0) resolve()
      }),
  }
}

type Some = Pick<Entry<unknown, unknown>, 'state'>

export function isWaiting({ state }: Some): boolean {
  return state === 'waiting'
}

function isSettled({ state }: Some): boolean {
  return state === 'settled'
}
