import type { Client } from 'undici'
import type { Ending } from '../outcomes.ts'
import { markDropped, markEnded, markSkipped, type Records } from '../records.ts'
import { createAlarm } from './alarm.ts'
import { createLane, type Lane } from './lane.ts'
import { createLines, isDuplicate, type Share } from './lines.ts'
import type { Wire } from './wire.ts'

export interface Drive {
  readonly clients: readonly Client[]
  /** One line a request, in the order of sending; filled in as answers come. */
  readonly records: Records
  readonly share: Share
  /** Whether each request has its own moment, or is due as soon as a connection is free. */
  readonly isOpen: boolean
  readonly wire: Wire
  /** Microseconds since the run began, the same for all threads. */
  readonly nowUs: () => number
  /** From the write to the last byte; what takes longer is cut. */
  readonly timeoutMs: number
  readonly onError: (ending: Ending) => void
  /** Its abort ends the sending; what is under way is given two seconds. */
  readonly signal: AbortSignal
}

/**
 * A timer's step is a millisecond. What is due within half of one is sent now, rather than up to a whole one late, and
 * its latency runs from now: half the requests come early by that little, and hardly any latency has it in it.
 */
const earlyUs = 500
/** In an open model, how long a line waits for a free connection. */
const patienceUs = 5_000_000
/** After an interruption, how long answers are waited for. */
const graceMs = 2000
/** How often what takes too long is looked for: often enough for a short limit, seldom enough to cost nothing. */
const sweepMsMax = 500

/**
 * Sends a thread's share of the planned requests over its connections.
 *
 * Closed model: every line is due at once, and each connection takes the next as soon as its last answer is complete.
 * So the server sets the pace, and a stall delays requests instead of piling them up: their latency does not contain
 * the time they were not sent in.
 *
 * Open model: a line is due at its intended moment, whatever became of those before it. Without a free connection it
 * waits, and its latency runs on; after five seconds of that it is dropped. A timer wakes for the next line that is due
 * and sends all that are: when it comes late, because the event loop was busy, it makes up for it at once.
 *
 * The connection used last is taken first: few that are warm, rather than many that time out one after the other.
 *
 * States: running -> finished (every line has ended, was dropped or skipped) | stopping (the signal; nothing is sent
 * any more) -> interrupted (all that was sent has ended, or was cut).
 */
export function runDrive(drive: Drive): Promise<'finished' | 'interrupted'> {
  return new Promise((resolve) => createDrive(drive, resolve).start())
}

function createDrive(drive: Drive, resolve: (ending: 'finished' | 'interrupted') => void) {
  const { records, isOpen, nowUs, signal, onError } = drive
  const lines = createLines(records, drive.share)
  /** Duplicates whose original is sent, and the connection that must not send them. */
  const held: { readonly line: number; readonly not: Lane }[] = []
  const free: Lane[] = []
  let underWay = 0
  let isStopping = false
  let isOver = false
  const alarm = createAlarm(pump)
  const whenOver: (() => void)[] = []

  const lanes = drive.clients.map((client) =>
    createLane({
      client,
      records,
      wire: drive.wire,
      nowUs,
      onEnd: (_lane, line, end) => {
        underWay--
        if (isOver) return
        markEnded(records, line, end)
        if (end.ending.error !== null) onError(end.ending)
      },
      onFree: (lane) => {
        free.push(lane)
        pump()
      },
    }),
  )

  function start(): void {
    free.push(...lanes.toReversed())
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
    pump()
  }

  /** Sends all that is due and can be sent. */
  function pump(): void {
    if (!isStopping) {
      sendHeld()
      const now = nowUs()
      while (free.length > 0 && isDue(now)) {
        sendNext(now)
        if (held.length > 0) sendHeld()
      }
      if (isOpen) wait(now)
    }
    if (underWay === 0 && (isStopping || (lines.next === records.total && held.length === 0))) finish()
  }

  function isDue(now: number): boolean {
    return lines.next < records.total && (!isOpen || (records.intendedUs[lines.next] ?? 0) <= now + earlyUs)
  }

  function sendNext(now: number): void {
    const line = lines.next
    const lane = free.pop()
    if (lane === undefined) return
    lines.advance()
    const momentUs = isOpen ? Math.min(records.intendedUs[line] ?? 0, now) : now
    records.intendedUs[line] = momentUs
    if (isDuplicate(records, lines.next)) {
      held.push({ line: lines.next, not: lane })
      records.intendedUs[lines.next] = momentUs
      lines.advance()
    }
    send(lane, line)
  }

  function sendHeld(): void {
    for (let first = held[0]; first !== undefined; first = held[0]) {
      const { line, not } = first
      const chosen = free.at(-1) === not ? free.length - 2 : free.length - 1
      const [lane] = chosen < 0 ? [] : free.splice(chosen, 1)
      if (lane === undefined) return
      held.shift()
      send(lane, line)
    }
  }

  function send(lane: Lane, line: number): void {
    underWay++
    if (lane.send(line)) return
    underWay--
    markSkipped(records, line)
    free.push(lane)
  }

  /** Gives up what has waited too long, and wakes when the next line is due or has waited too long. */
  function wait(now: number): void {
    const moment = (line: number) => records.intendedUs[line] ?? 0
    for (let first = held[0]; first !== undefined && moment(first.line) + patienceUs < now; first = held[0]) {
      markDropped(records, first.line)
      held.shift()
    }
    while (lines.next < records.total && moment(lines.next) + patienceUs < now) {
      markDropped(records, lines.next)
      lines.advance()
    }
    if (lines.next < records.total) {
      const next = moment(lines.next)
      alarm.set(next > now + earlyUs ? next - earlyUs : next + patienceUs, now)
    }
    if (held[0] !== undefined) alarm.set(moment(held[0].line) + patienceUs, now)
  }

  function stop(): void {
    isStopping = true
    alarm.clear()
    const cutAll = setTimeout(() => {
      for (const lane of lanes) lane.cut(interruption)
      finish()
    }, graceMs)
    whenOver.push(() => clearTimeout(cutAll))
    pump()
  }

  const sweep = setInterval(cutLate, Math.min(sweepMsMax, drive.timeoutMs / 4))

  function cutLate(): void {
    const latestUs = nowUs() - drive.timeoutMs * 1000
    for (const lane of lanes) {
      if (lane.line !== -1 && (records.sentUs[lane.line] ?? 0) < latestUs) lane.cut(timeout(drive.timeoutMs))
    }
  }

  function finish(): void {
    if (isOver) return
    isOver = true
    clearInterval(sweep)
    alarm.clear()
    for (const release of whenOver) release()
    signal.removeEventListener('abort', stop)
    resolve(isStopping ? 'interrupted' : 'finished')
  }

  return { start }
}

/** Both after the write, so that the server may have done what was asked. */
const interruption = Object.assign(new Error('The run was interrupted before the answer.'), {
  code: 'INTERRUPTED',
})

function timeout(timeoutMs: number): Error {
  return Object.assign(new Error(`There was no whole answer within ${timeoutMs / 1000} s.`), {
    code: 'TIMEOUT',
  })
}
