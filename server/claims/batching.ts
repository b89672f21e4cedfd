import type { BatcherClock } from './batcher-clock.ts'

/** What a batcher is given, and what it gives; batcher.ts says how it works. */

/** In place of a result of a shared flush: nothing was done for this item, and it has to go alone. */
export const deferred = Symbol('deferred')

export type FlushResult<Result> = Result | Error | typeof deferred

export interface BatcherOptions<Item, Result> {
  /**
   * One result an item, in order; an Error in its place rejects that item. `keys` is the one they all belong to, or the
   * several of a shared flush. `deadlineMs` is the batch's latest.
   */
  flush(
    keys: readonly string[],
    items: readonly Item[],
    deadlineMs: number,
  ): Promise<readonly FlushResult<Result>[]>
  readonly batchSizeMax: number
  /** Entries that wait to be sent, over all keys; one more is told `results.overflow`. */
  readonly queueSizeMax: number
  /** Flushes under way at once, over all keys. */
  readonly concurrencyMax: number
  /** Of these, flushes that several keys share; none when it is not said. */
  readonly sharedMax?: number
  readonly results: {
    readonly overflow: Result
    /** Past its deadline and never sent. */
    readonly expiredUnsent: Result
    /** Past its deadline, sent, and not answered. */
    readonly expiredSent: Result
    readonly abandoned: Result
  }
  readonly clock?: BatcherClock
  /** Told of each flush: how many items it holds, and how long the oldest of them has waited. */
  readonly observe?: ((batchSize: number, waitedMs: number) => void) | undefined
}

export interface SubmitOptions {
  /**
   * When the caller stops waiting, on the batcher's clock. Expected to grow from call to call; one that does not is
   * noticed in time as well, and costs more.
   */
  readonly deadlineMs: number
  readonly isAbandoned?: (() => boolean) | undefined
}

export interface Batcher<Item, Result> {
  submit(key: string, item: Item, options: SubmitOptions): Promise<Result>
  /** Answers everything accepted, then resolves. */
  close(): Promise<void>
  /** Entries that wait to be sent; keys that have any entry; flushes under way. */
  stats(): { readonly waiting: number; readonly lanes: number; readonly inFlight: number }
}
