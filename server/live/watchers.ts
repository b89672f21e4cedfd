import type { Refusal, Sink, Viewer } from './watch.ts'

/** A place, with a sink once the first frame is ready. */
export interface Seat {
  readonly viewer: Viewer
  sink: Sink | null
  /** Since when it misses frames; null for one that keeps up. */
  behindMs: number | null
}

/** Who watches in this process, and what each of them can still take. */
export interface Watchers {
  refusal(viewer: Viewer): Refusal | null
  /** Takes a place; the viewer was not refused. */
  seat(viewer: Viewer): Seat
  leave(seat: Seat): void
  /** False when it was taken away, as by a close. */
  has(seat: Seat): boolean
  all(): readonly Seat[]
  /** Usernames of those who are no admins, each once. */
  usernames(): string[]
  /** Writes a frame, or leaves it out when the seat is behind or has no sink yet. */
  send(seat: Seat, frame: Buffer): void
  /** Those that were behind and can take frames again: they are to be told everything anew. */
  caughtUp(): Seat[]
  /** Cuts who has been behind for too long, and ends the stream of who may not watch any more. */
  weed(): void
  /** Ends every stream, and lets nobody in any more. */
  close(): void
  size(): number
}

/**
 * So much may wait in this process for one viewer, besides what the system's own buffers take. One that is further behind
 * gets no frames: it is told the state when it has caught up, and is cut when it has not after `behindMsMax`.
 */
const pendingBytesMax = 128 * 1024
const behindMsMax = 10_000

/** Streams of one user in one process: some windows on some devices, and no more. */
const ofUserMax = 20

export function createWatchers({
  max,
  now = () => performance.now(),
}: {
  readonly max: number
  readonly now?: () => number
}): Watchers {
  const seats = new Set<Seat>()
  let isClosed = false

  function isBehind({ sink }: Seat): boolean {
    return sink === null || sink.pendingBytes() > pendingBytesMax
  }

  return {
    refusal: ({ username }) => {
      if (isClosed) return 'closing'
      if (seats.size >= max) return 'full'
      if (username === null) return null
      let own = 0
      for (const { viewer } of seats) if (viewer.username === username) own += 1
      return own >= ofUserMax ? 'too_many_of_user' : null
    },
    seat: (viewer) => {
      const seat: Seat = { viewer, sink: null, behindMs: null }
      seats.add(seat)
      return seat
    },
    leave: (seat) => {
      seats.delete(seat)
    },
    has: (seat) => seats.has(seat),
    all: () => [...seats],
    usernames: () => {
      const names = new Set<string>()
      for (const { viewer } of seats) {
        if (!viewer.isAdmin && viewer.username !== null) names.add(viewer.username)
      }
      return [...names]
    },
    send: (seat, frame) => {
      if (seat.behindMs === null && isBehind(seat)) seat.behindMs = now()
      if (seat.behindMs === null) seat.sink?.write(frame)
    },
    caughtUp: () => {
      const found = [...seats].filter((seat) => seat.behindMs !== null && seat.sink?.pendingBytes() === 0)
      for (const seat of found) seat.behindMs = null
      return found
    },
    weed: () => {
      for (const seat of seats) {
        if (seat.sink === null) continue
        const isLost = seat.behindMs !== null && now() - seat.behindMs > behindMsMax
        if (!isLost && seat.viewer.isAllowed()) continue
        seats.delete(seat)
        if (isLost) seat.sink.destroy()
        else seat.sink.end()
      }
    },
    close: () => {
      isClosed = true
      for (const { sink } of seats) sink?.end()
      seats.clear()
    },
    size: () => seats.size,
  }
}
