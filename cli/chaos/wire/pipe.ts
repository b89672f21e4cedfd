import type { Socket } from 'node:net'

/** How bytes pass in one direction of a wire, for all of its connections; the wire changes it as it goes. */
export interface Flow {
  /** Nothing is delivered, neither bytes nor an end. */
  isStopped: boolean
  /** From its arrival to its delivery. */
  delayMs: number
}

export interface PipeParts {
  readonly from: Socket
  readonly to: Socket
  readonly flow: Flow
  /** Sees each piece before it is delivered; false keeps it back, and nothing comes after it. */
  readonly mayPass: (bytes: Buffer) => boolean
}

/** One direction of a connection. States: open -> ended (the sender's end was delivered). */
export interface Pipe {
  /** Delivers what may be delivered now; to be called when the flow has changed. */
  run(): void
}

/** What came from the sender, in its order. */
interface Piece {
  readonly what: Buffer | 'end' | 'loss'
  readonly dueMs: number
}

/** So much is kept here; then the sender has to wait, as it would for a slow receiver. */
const keptBytesMax = 256 * 1024

export function createPipe({ from, to, flow, mayPass }: PipeParts): Pipe {
  const pieces: Piece[] = []
  let keptBytes = 0
  let isBlocked = false
  let hasEnded = false
  let timer: NodeJS.Timeout | undefined

  function keep(what: Piece['what']): void {
    if (hasEnded) return
    hasEnded = typeof what === 'string'
    if (typeof what !== 'string') keptBytes += what.length
    pieces.push({ what, dueMs: performance.now() + flow.delayMs })
    if (keptBytes >= keptBytesMax) from.pause()
    run()
  }

  function run(): void {
    clearTimeout(timer)
    for (let next = pieces[0]; next !== undefined && !flow.isStopped && !isBlocked; next = pieces[0]) {
      const waitMs = flow.delayMs === 0 ? 0 : next.dueMs - performance.now()
      if (waitMs > 0) {
        timer = setTimeout(run, waitMs)
        return
      }
      pieces.shift()
      deliver(next.what)
    }
    if (keptBytes < keptBytesMax) from.resume()
  }

  function deliver(what: Piece['what']): void {
    if (what === 'loss') breakOff(to)
    if (what === 'end') to.end()
    if (typeof what === 'string') return
    keptBytes -= what.length
    if (to.destroyed) return
    if (mayPass(what)) isBlocked = !to.write(what)
    else pieces.length = 0
  }

  from.on('data', keep)
  from.on('end', () => keep('end'))
  from.on('close', () => keep('loss'))
  // What it means for the other side comes with its close.
  from.on('error', () => {})
  to.on('drain', () => {
    isBlocked = false
    run()
  })
  return { run }
}

/**
 * Resets a connection, so that its other end hears of a loss. One whose end is just being told is closed instead: Node
 * refuses to reset it (EINVAL), and would then wait for it for ever when the process ends.
 */
export function breakOff(socket: Socket): void {
  if (socket.writableEnded) socket.destroy()
  else socket.resetAndDestroy()
}
