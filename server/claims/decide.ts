import { fateOf } from '../db/sqlstate.ts'
import type { Clock } from './batcher-clock.ts'
import { type Undecided, untilDecided } from './retry.ts'

export interface Together<Item, Decision> {
  readonly deadlineMs: number
  /**
   * Sends the items, and resolves to one decision an item, in order. `isRetry` when an attempt before this one may
   * have been stored, or was refused for the fault of one item among others.
   */
  run(items: readonly Item[], isRetry: boolean): Promise<Decision[]>
  /** What an item is told when it could not be decided before the deadline. */
  undecided(why: Undecided): Decision
  readonly clock?: Clock | undefined
}

/**
 * Decides items in one statement, again if its answer was lost, until the deadline. When the database refuses the
 * values, the batch is halved until the item at fault is alone: it gets the error, and its fellows their decisions.
 * Throws what nobody foresaw, unless it has halved them. `past` is of the attempts with all of the items, when these
 * are a half of them.
 */
export async function decideTogether<Item, Decision>(
  items: readonly Item[],
  together: Together<Item, Decision>,
  past: { readonly mayBeStored: boolean } | null = null,
): Promise<(Decision | Error)[]> {
  const { deadlineMs, run, undecided, clock } = together
  let mayBeStored = past?.mayBeStored === true
  const attempt = (isRetry: boolean) => {
    mayBeStored ||= isRetry
    return run(items, isRetry || past !== null)
  }
  try {
    const decided = await untilDecided(deadlineMs, attempt, clock)
    if (typeof decided !== 'string') return decided
    return items.map(() => undecided(mayBeStored ? 'unknown' : decided))
  } catch (error) {
    if (fateOf(error) !== 'rejected') throw error
    if (items.length === 1) return [error as Error]
    const middle = Math.ceil(items.length / 2)
    const first = await decideHalf(items.slice(0, middle), together, { mayBeStored })
    const second = await decideHalf(items.slice(middle), together, { mayBeStored })
    return [...first, ...second]
  }
}

/** What nobody foresaw is the fault of this half alone: the other one's decisions are committed, and told. */
async function decideHalf<Item, Decision>(
  items: readonly Item[],
  together: Together<Item, Decision>,
  past: { readonly mayBeStored: boolean },
): Promise<(Decision | Error)[]> {
  try {
    return await decideTogether(items, together, past)
  } catch (error) {
    const fault = error instanceof Error ? error : new Error(String(error))
    return items.map(() => fault)
  }
}
