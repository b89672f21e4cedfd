import { createEvery, createPace } from './beat.ts'
import { type Counted, createTotals, figuresOf } from './counted.ts'
import type { Peers } from './peers.ts'
import { createTickFrames } from './ticks.ts'
import type { Changes, View } from './view.ts'
import type { Watchers } from './watchers.ts'

/** What has happened since it was last told to those who watch here. */
export interface News {
  add(counted: Counted): void
  /** As if it had been told. */
  forget(): void
  /** Tells everybody who watches, unless there is nothing to tell and something was told of late. */
  tell(): Promise<void>
  /** False while telling would take more than its share of this process's time. */
  isDue(): boolean
}

export interface NewsParts {
  readonly view: View
  readonly peers: Peers
  readonly watchers: Watchers
  /** At least so often is told that nothing has happened; and the longest pause between two. */
  readonly everyMs: number
  readonly newId: () => string
  readonly now: () => number
}

/** Of this process's time, for writing frames. However many watch, claims go on; those who watch see it less often. */
const share = 0.02
const processesEveryMs = 1000

export function createNews({ view, peers, watchers, everyMs, newId, now }: NewsParts): News {
  const totals = createTotals()
  const pace = createPace({ share, pauseMsMax: everyMs, now })
  const anyway = createEvery(everyMs, now)
  const withProcesses = createEvery(processesEveryMs, now)
  let peersTold = 0
  /** When nothing was left to be told. */
  let emptyMs = 0

  function isQuiet({ coupons, recent, own }: Changes): boolean {
    const isSame = coupons.length + recent.length + own.length === 0
    return isSame && totals.isEmpty() && peers.size() === peersTold
  }

  async function tellAll(changes: Changes, ms: number): Promise<void> {
    const tick = { at: Date.now(), seconds: Math.round(ms) / 1000, ...figuresOf(totals.take()) }
    const processes = withProcesses.isDue() ? peers.list() : null
    const frameFor = createTickFrames({ tick, changes, processes, newId })
    await pace.time(async () => {
      for (const seat of watchers.all()) watchers.send(seat, frameFor(seat.viewer))
      // Responses gather what is written and hand it to the system at the end of this tick, which is most of the work.
      await new Promise<void>((resolve) => process.nextTick(resolve))
    })
  }

  return {
    add: totals.add,
    forget: () => {
      view.take()
      totals.take()
      emptyMs = now()
    },
    tell: async () => {
      const ms = now() - emptyMs
      const changes = view.take()
      emptyMs = now()
      if (isQuiet(changes) && !anyway.isDue()) return
      anyway.begin()
      peersTold = peers.size()
      await tellAll(changes, ms)
    },
    isDue: pace.isDue,
  }
}
