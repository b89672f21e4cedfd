import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/**
 * When those who were refused are heard again, and those who were answered while others were refused. A refusal costs hardly less than a claim, for its system calls, so a
 * crowd that asks again as soon as it is refused would leave nothing for claims. So the connection is not read again before its turn:
 * what it sends meanwhile waits in its own socket, and costs nothing. Turns come in the order of the refusals, `perS` a second,
 * and more as far as there is room for claims. `Retry-After` says when that will be.
 */
export interface Refusals {
  /** A claim on this connection is being refused by this answer. Seconds for its Retry-After. */
  add(socket: Socket, answer: Pick<ServerResponse, 'once'>): number
  /**
   * A claim on this connection is being answered by this answer, and there are more than can be served: what it asks next waits
   * for its turn as well, behind those who were refused.
   */
  addAnswered(socket: Socket, answer: Pick<ServerResponse, 'once'>): void
  /** Connections that are not read now. */
  waiting(): number
  /** Reads all of them again, and keeps nobody waiting from then on. */
  close(): void
}

export interface RefusalsOptions {
  /** Connections that wait, at most; more are read as ever. */
  readonly limit: number
  readonly perS: number
  /** How many more claims would be let in now. */
  readonly room: () => number
}

const turnMs = 20
/** However much room there is: a turn of the event loop that reads thousands of connections accepts a single new one. */
const heardMax = 200
/** For each that is answered. */
const heardEach = 2
/** Places that are not offered to them: who was answered a moment ago may be about to ask again, on a connection that is read. */
const roomLeft = 256
const retryAfterSMax = 60
/** So that those who were refused together do not come back together. */
const jitterS = 2

export function createRefusals({ limit, perS, room }: RefusalsOptions): Refusals {
  /** Who waits, in the order of their turns, and whether it was refused. */
  const waiting = new Map<Socket, boolean>()
  let refused = 0
  let turn: NodeJS.Timeout | undefined
  let isClosed = false

  function pause(socket: Socket, isRefused: boolean): void {
    if (isClosed || socket.destroyed || waiting.has(socket) || waiting.size >= limit) return
    socket.pause()
    // Node itself reads on, some ticks after an answer.
    socket.on('resume', stayPaused)
    waiting.set(socket, isRefused)
    if (isRefused) refused += 1
    turn ??= setInterval(hearNext, turnMs)
  }

  function hear(count: number): void {
    let left = count
    for (const [socket, isRefused] of waiting) {
      if (left <= 0) return
      waiting.delete(socket)
      if (isRefused) refused -= 1
      if (socket.destroyed) continue
      socket.off('resume', stayPaused)
      socket.resume()
      left -= 1
    }
    clearInterval(turn)
    turn = undefined
  }

  function hearNext(): void {
    hear(Math.min(heardMax, Math.ceil((perS * turnMs) / 1000) + Math.max(0, room() - roomLeft)))
  }

  return {
    add: (socket, answer) => {
      // The end of this turn of the event loop would be too late: a turn may read the same connections many times.
      answer.once('finish', () => pause(socket, true))
      // Those who were answered are read again as fast as claims are decided: they hardly count.
      return Math.min(retryAfterSMax, 1 + Math.floor(refused / perS + Math.random() * jitterS))
    },
    addAnswered: (socket, answer) => {
      answer.once('finish', () => {
        pause(socket, false)
        hear(Math.min(heardEach, room() - roomLeft))
      })
    },
    waiting: () => waiting.size,
    close: () => {
      isClosed = true
      hear(Number.POSITIVE_INFINITY)
    },
  }
}

function stayPaused(this: Socket): void {
  this.pause()
}
