import type { Socket } from 'node:net'

/**
 * How many requests are read in a turn of the event loop. By itself Node reads in one turn whatever is ready, up to 48 times 1,024
 * connections, and accepts a single new one meanwhile: a crowd that asks at one moment keeps everybody else waiting for as long
 * as it takes to read it all. So after `max` requests the connections that are idle are held: what they send lies in their
 * sockets. They are read again in the order of their last requests, half of `max` in the next turn, and twice as many in each
 * turn after one that read less than that: most of them may have nothing to say. The last `max` to connect are not held
 * before they have asked something: one comes in a turn, and has nobody before it.
 *
 * States: reading -> holding (`max` requests in one turn) -> reading (all are read again).
 */
export interface Reads {
  /** A connection has been accepted. */
  join(socket: Socket): void
  /** A request has been read, and is the first on its connection that is not answered. */
  add(socket: Socket): void
  /** Connections that are not read now. */
  held(): number
  /** True for one of them: it may have been asked something. */
  holds(socket: Socket): boolean
  leave(socket: Socket): void
  /** Reads all of them again, and holds none from then on. */
  close(): void
}

/** `idle` are the connections without a request under way. */
export function createReads(max: number, idle: () => Iterable<Socket>): Reads {
  const held = new Set<Socket>()
  /** The last to connect, which have asked nothing yet. */
  const newcomers = new Set<Socket>()
  let isClosed = false
  let read = 0
  /** How many are read again in the next turn. */
  let share = max / 2
  let isTurning = false

  function endTurn(): void {
    isTurning = false
    share = read < max / 2 ? share * 2 : max / 2
    read = 0
    readAgain(share)
  }

  function endTurnLater(): void {
    if (isTurning) return
    isTurning = true
    setImmediate(endTurn)
  }

  function readAgain(count: number): void {
    let left = count
    for (const socket of held) {
      if (left <= 0) break
      held.delete(socket)
      socket.resume()
      left -= 1
    }
    if (held.size > 0) endTurnLater()
  }

  function hold(): void {
    for (const socket of idle()) {
      // One that is paused is held already, or waits for its turn after a refusal.
      if (socket.isPaused() || newcomers.has(socket)) continue
      socket.pause()
      held.add(socket)
    }
  }

  return {
    join: (socket) => {
      newcomers.add(socket)
      const [first] = newcomers
      if (first !== undefined && newcomers.size > max) newcomers.delete(first)
    },
    add: (socket) => {
      newcomers.delete(socket)
      endTurnLater()
      read += 1
      if (read === max && !isClosed) hold()
    },
    held: () => held.size,
    holds: (socket) => held.has(socket),
    leave: (socket) => {
      held.delete(socket)
      newcomers.delete(socket)
    },
    close: () => {
      isClosed = true
      readAgain(held.size)
    },
  }
}
