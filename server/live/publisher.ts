import { createTotals, type Totals } from './counted.ts'
import type { Peers } from './peers.ts'
import { encodeSummary, type ProcessState } from './summary.ts'

export interface PublisherParts {
  readonly key: string
  readonly describe: () => ProcessState
  readonly peers: Peers
  readonly watchers: () => number
  /** Resolves in any case; to false when the summary was not sent. */
  readonly send: (payload: string) => Promise<boolean>
}

/** Tells all processes what happened in this one, while anybody watches anywhere. */
export interface Publisher {
  readonly totals: Totals
  /** Called every quarter of a second: tells what is new, and once a second that this process is there. */
  beat(): Promise<void>
  /** Tells at once: for who comes to watch. */
  tell(): Promise<void>
  /** Tells that this process is going, if anybody watches. */
  leave(): Promise<void>
}

const aliveEveryMs = 1000

/**
 * Nobody asks for summaries by name: a process that has a watcher says so in its own, and one that has heard such a
 * summary of late, from whomever, tells. So nothing at all is sent while nobody watches.
 */
export function createPublisher({ key, describe, peers, watchers, send }: PublisherParts): Publisher {
  const totals = createTotals()
  let toldMs = Number.NEGATIVE_INFINITY

  function isWatched(): boolean {
    return watchers() > 0 || peers.areWatched()
  }

  async function tell(isLeaving = false): Promise<void> {
    toldMs = performance.now()
    const counted = totals.take()
    const summary = { key, process: describe(), watchers: watchers(), isLeaving, counted }
    // The next one tells it.
    if (!(await send(encodeSummary(summary)))) totals.add(counted)
  }

  return {
    totals,
    beat: async () => {
      peers.dropSilent()
      if (!isWatched()) totals.take()
      // Beats are not quite so far apart; a summary a second, not every five quarters.
      else if (!totals.isEmpty() || performance.now() - toldMs > aliveEveryMs - 50) await tell()
    },
    tell: () => tell(),
    leave: async () => {
      if (isWatched()) await tell(true)
    },
  }
}
