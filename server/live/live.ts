import { AppError } from '../errors.ts'
import { createPace } from './beat.ts'
import { createTotals, figuresOf, mayShow } from './counted.ts'
import { beatFrame } from './frames.ts'
import { createHistory } from './history.ts'
import { type Peers, silentMsMax } from './peers.ts'
import type { Reads } from './reads.ts'
import { createSnapshots } from './snapshots.ts'
import { decodeSummary } from './summary.ts'
import { createTickFrames } from './ticks.ts'
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

/** At least so often is told that nothing has happened. */
const tickEveryMs = 2000
const processesEveryMs = 1000
const beatEveryMs = 10_000
const weedEveryMs = 1000
/** For who comes, what was found so long ago is new enough. */
const viewKeptMs = 250
/** A pass is never earlier than a beat after the one before, but for what a timer is off. */
const slackMs = 50
/**
 * What watching may take: of one connection's time for looking, of this process's time for writing frames. However many
 * watch and however much there is to see, claims go on; those who watch see it less often.
 */
const lookShare = 0.1
const tellShare = 0.02

/**
 * What happens in all processes, told to who watches in this one.
 *
 * States: idle (nobody watches here, nothing is known) -> seeing -> lost (the processes are not heard, or the database
 * cannot be read; who watches is told nothing) -> seeing again, when everybody is told everything anew.
 */
export function createLive(parts: LiveParts): OpenLive {
  const { key, reads, peers, now = () => performance.now() } = parts
  const watchers = createWatchers({ max: parts.watchersMax, now })
  const view = createView(reads, now)
  const totals = createTotals()
  const history = createHistory()
  let frames = 0
  const newId = () => `${key}.${frames++}`
  const snapshotOf = createSnapshots({ reads, view, peers, history, newId, now })
  const lookPace = createPace({ share: lookShare, pauseMsMax: tickEveryMs, now })
  const tellPace = createPace({ share: tellShare, pauseMsMax: tickEveryMs, now })
  let looking: Promise<void> | undefined
  /** What this process tells does not come back to it, so nobody else is heard either. */
  let isDeaf = false
  let heardMs = 0
  let hasFailed = false
  /** Everybody is to be told everything anew. */
  let isLost = false
  /** Something has happened that the last look may not have seen. */
  let isStale = false
  let peersTold = 0
  /** When nothing was left to be told. */
  let emptyMs = 0
  const lastMs = { tick: 0, processes: 0, beat: 0, weed: 0 }

  /** True once in so many milliseconds. */
  function isDue(what: keyof typeof lastMs, everyMs: number): boolean {
    const nowMs = now()
    if (nowMs - lastMs[what] < everyMs - slackMs) return false
    lastMs[what] = nowMs
    return true
  }

  /** One look at a time, whoever asks. */
  function look(): Promise<void> {
    if (looking !== undefined) return looking
    isStale = false
    const run = () => view.look(watchers.usernames())
    // The first one opens the connection, and tells nothing of how long the next ones take.
    const isFirst = view.lookedMs() === Number.NEGATIVE_INFINITY
    looking = (isFirst ? run() : lookPace.time(run)).finally(() => {
      looking = undefined
    })
    return looking
  }

  /** False when the database could not be read. */
  async function lookAgain(): Promise<boolean> {
    try {
      await look()
      hasFailed = false
      return true
    } catch (error) {
      if (!hasFailed) parts.onError(error)
      hasFailed = true
      isLost = true
      return false
    }
  }

  function forgetNews(): void {
    view.take()
    totals.take()
    emptyMs = now()
  }

  function goDeaf(): void {
    isDeaf = true
    isLost ||= watchers.size() > 0
    peers.clear()
    history.clear()
    forgetNews()
  }

  /** Nobody watches here. */
  function rest(): void {
    forgetNews()
    view.clear()
    isLost = false
    if (!peers.areWatched()) history.clear()
  }

  async function tellAnew(seats: readonly Seat[]): Promise<void> {
    for (const seat of seats) {
      // It is told by the next pass, or was deleted: then its stream is over with the coupon.
      const frame = await snapshotOf(seat.viewer).catch(() => null)
      if (frame !== null) watchers.send(seat, frame)
      else seat.behindMs ??= now()
    }
  }

  async function tellNews(): Promise<void> {
    const seconds = (now() - emptyMs) / 1000
    const changes = view.take()
    const isQuiet =
      totals.isEmpty() &&
      changes.coupons.length + changes.recent.length + changes.own.length === 0 &&
      peers.size() === peersTold
    emptyMs = now()
    const isDueAnyway = isDue('tick', tickEveryMs)
    if (isQuiet && !isDueAnyway) return
    lastMs.tick = emptyMs
    peersTold = peers.size()
    const tick = { at: Date.now(), seconds: Math.round(seconds * 1000) / 1000, ...figuresOf(totals.take()) }
    const processes = isDue('processes', processesEveryMs) ? peers.list() : null
    const frameFor = createTickFrames({ tick, changes, processes, newId })
    await tellPace.time(async () => {
      for (const seat of watchers.all()) watchers.send(seat, frameFor(seat.viewer))
      // Responses gather what is written and hand it to the system at the end of this tick, which is most of the work.
      await new Promise<void>((resolve) => process.nextTick(resolve))
    })
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
        if (now() - view.lookedMs() > viewKeptMs) await look()
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
      isStale ||= mayShow(summary.counted)
      history.add(summary.counted, Date.now())
      if (watchers.size() > 0) totals.add(summary.counted)
    },

    lose: () => {
      goDeaf()
      if (watchers.size() > 0) parts.announce()
    },

    pass: async () => {
      if (watchers.size() === 0) return rest()
      if (isDue('weed', weedEveryMs)) watchers.weed()
      if (isDue('beat', beatEveryMs)) for (const seat of watchers.all()) watchers.send(seat, beatFrame)
      // A connection may be dead without having been closed.
      if (!isDeaf && now() - heardMs > silentMsMax) goDeaf()
      if (isDeaf || !tellPace.isDue()) return
      const isOld = now() - view.lookedMs() >= tickEveryMs
      const wantsLook = isStale || isOld || isLost
      const isSeen = wantsLook && lookPace.isDue() ? await lookAgain() : !isLost
      if (!isSeen) return
      // In any case: who is still counted as behind is sent nothing, and what is told below is told once.
      const caughtUp = watchers.caughtUp()
      const anew = isLost ? watchers.all() : caughtUp
      if (isLost) view.take()
      isLost = false
      await tellAnew(anew)
      // Theirs as well: what was counted is in no snapshot before its second is over.
      await tellNews()
    },

    drain: watchers.close,
    watchers: watchers.size,
    coupons: view.size,
  }
}
