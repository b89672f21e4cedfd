import { AppError } from '../errors.ts'
import { createEvery } from './beat.ts'
import { mayShow } from './counted.ts'
import { beatFrame } from './frames.ts'
import { createHistory } from './history.ts'
import { createLooks } from './looks.ts'
import { createNews } from './news.ts'
import { type Peers, silentMsMax } from './peers.ts'
import type { Reads } from './reads.ts'
import { createSnapshots } from './snapshots.ts'
import { decodeSummary } from './summary.ts'
import { createView } from './view.ts'
import type { Live } from './watch.ts'
import { createWatchers, type Seat } from './watchers.ts'

export interface LiveParts {
  /** This process's own, by which it knows what it has told itself. */
  readonly key: string
  readonly reads: Reads
  readonly peers: Peers
  readonly watchersMax: number
  /** Tells all processes at once that somebody watches here. */
  readonly announce: () => void
  /** Called when the database cannot be read, once until it can be again. */
  readonly onError: (error: unknown) => void
  /** For tests: `performance.now`. */
  readonly now?: () => number
}

export interface OpenLive extends Live {
  /** What a process has told, over Postgres. */
  hear(payload: string): void
  /** What processes told may have been missed: the connection was lost, or is there again. */
  lose(): void
  /** Called every quarter of a second: tells who watches what is new. */
  pass(): Promise<void>
  /** Ends every stream, and lets nobody in any more. */
  drain(): void
  watchers(): number
  /** Coupons that are remembered. */
  coupons(): number
}

/** At least so often is looked and told, also when nothing has happened. */
const tickEveryMs = 2000
const beatEveryMs = 10_000
const weedEveryMs = 1000
/** For who comes, what was found so long ago is new enough. */
const viewKeptMs = 250

/**
 * What happens in all processes, told to who watches in this one.
 *
 * States: idle (nobody watches here, nothing is known) -> seeing -> lost (the processes are not heard, or the database
 * cannot be read; who watches is told nothing) -> seeing again, when everybody is told everything anew.
 */
export function createLive(parts: LiveParts): OpenLive {
  const { key, reads, peers, onError, now = () => performance.now() } = parts
  const watchers = createWatchers({ max: parts.watchersMax, now })
  const view = createView(reads, now)
  const history = createHistory()
  let frames = 0
  const newId = () => `${key}.${frames++}`
  const snapshotOf = createSnapshots({ reads, view, peers, history, newId, now })
  const looks = createLooks({ view, usernames: watchers.usernames, everyMs: tickEveryMs, onError, now })
  const news = createNews({ view, peers, watchers, everyMs: tickEveryMs, newId, now })
  const weeding = createEvery(weedEveryMs, now)
  const beating = createEvery(beatEveryMs, now)
  /** What this process tells does not come back to it, so nobody else is heard either. */
  let isDeaf = false
  let heardMs = 0
  /** Everybody is to be told everything anew. */
  let isLost = false

  function goDeaf(): void {
    isDeaf = true
    isLost ||= watchers.size() > 0
    peers.clear()
    history.clear()
    news.forget()
  }

  /** Nobody watches here. */
  function rest(): void {
    news.forget()
    view.clear()
    isLost = false
    if (!peers.areWatched()) history.clear()
  }

  /** False when what is known now is not what is stored, and must not be told. */
  async function see(): Promise<boolean> {
    const wantsLook = isLost || looks.isOutdated()
    return wantsLook && looks.isDue() ? looks.tryLook() : !isLost
  }

  async function tellAnew(seats: readonly Seat[]): Promise<void> {
    for (const seat of seats) {
      // It is told by the next pass, or was deleted: then its stream is over with the coupon.
      const frame = await snapshotOf(seat.viewer).catch(() => null)
      if (frame !== null) watchers.send(seat, frame)
      else seat.behindMs ??= now()
    }
  }

  return {
    refusal: watchers.refusal,

    watch: async (viewer, open) => {
      const seat = watchers.seat(viewer)
      if (watchers.size() === 1) {
        heardMs = now()
        parts.announce()
      }
      try {
        if (looks.ageMs() > viewKeptMs) await looks.look()
        const frame = await snapshotOf(viewer)
        if (!watchers.has(seat)) throw new AppError('unreachable', 'The server is closing.')
        seat.sink = open()
        seat.sink.write(frame)
      } catch (error) {
        watchers.leave(seat)
        throw error
      }
      return () => watchers.leave(seat)
    },

    hear: (payload) => {
      const summary = decodeSummary(payload)
      if (summary === null) return
      peers.hear(summary)
      if (summary.key === key) {
        isDeaf = false
        heardMs = now()
      }
      if (mayShow(summary.counted)) looks.outdate()
      history.add(summary.counted, Date.now())
      if (watchers.size() > 0) news.add(summary.counted)
    },

    lose: () => {
      goDeaf()
      if (watchers.size() > 0) parts.announce()
    },

    pass: async () => {
      if (watchers.size() === 0) return rest()
      if (weeding.isDue()) watchers.weed()
      if (beating.isDue()) for (const seat of watchers.all()) watchers.send(seat, beatFrame)
      // A connection may be dead without having been closed.
      if (!isDeaf && now() - heardMs > silentMsMax) goDeaf()
      if (isDeaf || !news.isDue()) return
      if (!(await see())) {
        isLost = true
        return
      }
      // In any case: who is still counted as behind is sent nothing, and what is told below is told once.
      const caughtUp = watchers.caughtUp()
      const anew = isLost ? watchers.all() : caughtUp
      if (isLost) view.take()
      isLost = false
      await tellAnew(anew)
      // Theirs as well: what was counted is in no snapshot before its second is over.
      await news.tell()
    },

    drain: watchers.close,
    watchers: watchers.size,
    coupons: view.size,
  }
}
