import type { Client, Dispatcher } from 'undici'
import { type Ending, endingOfAbandoned, endingOfAnswer, endingOfFailure } from '../outcomes.ts'
import { flag, kindOf, markSent, type Records, wasSent } from '../records.ts'
import { createWireRequest, type Wire } from './wire.ts'

/** One connection, with one request under way at most; it opens, and after a cut opens anew, with the next request. */
export interface Lane {
  /** The line under way, or -1. */
  readonly line: number
  /** False, and nothing is sent, when the line turns out to have nothing to send. */
  send(line: number): boolean
  /** Ends what is under way with that error; what is not yet written to the connection goes on. */
  cut(error: Error): void
}

export interface LaneOptions {
  readonly client: Client
  readonly records: Records
  readonly wire: Wire
  /** Microseconds since the run began. */
  readonly nowUs: () => number
  /** Hears how a line ended. */
  onEnd(lane: Lane, line: number, end: { ending: Ending; nowUs: number }): void
  /** Hears when the lane can send again. */
  onFree(lane: Lane): void
}

/** More than any answer of the API; the rest of a longer body is read and dropped. */
const bodyLengthMax = 16_384

const abandonment = new Error('The client has gone, as planned.')

/** Its handler and its request are made once, since it has one under way at any time. */
export function createLane({ client, records, wire, nowUs, onEnd, onFree }: LaneOptions): Lane {
  const request = createWireRequest()
  let line = -1
  let status = 0
  let body = ''
  let location = ''
  let abortRequest: ((error: Error) => void) | null = null

  function end(ending: Ending): void {
    const ended = line
    line = -1
    abortRequest = null
    onEnd(lane, ended, { ending, nowUs: nowUs() })
  }

  // The older of undici's two interfaces. The newer makes objects of headers and trailers that nobody reads here, and takes
  // 11 % more of the processor for each request (45 and 40 microseconds; autocannon 38).
  const handler: Dispatcher.DispatchHandler = {
    onConnect: (abort) => {
      abortRequest = abort
      markSent(records, line, nowUs())
      // Once this turn's work, in which the request is written, is done.
      if (isAbandoned()) queueMicrotask(() => abort(abandonment))
    },
    onHeaders: (statusCode, headers) => {
      status = statusCode
      if (wire.hearClaim !== null) location = headerOf(headers, 'location')
      return true
    },
    onData: (chunk) => {
      // A 200 says all by its status; only the others' `kind` is looked at.
      if (status !== 200 && body.length < bodyLengthMax) body += chunk.toString()
      return true
    },
    onComplete: () => {
      const ending = endingOfAnswer(status, body, kindOf(records, line))
      if (ending.outcome === 'claimed' && location !== '') wire.hearClaim?.(line, location)
      end(ending)
      onFree(lane)
    },
    onError: (error) => {
      const kind = kindOf(records, line)
      const isPlanned = error === abandonment
      end(isPlanned ? endingOfAbandoned(kind) : endingOfFailure(error, wasSent(records, line), kind))
      // undici is still taking the failed connection apart; a request dispatched from here would trip it.
      setImmediate(onFree, lane)
    },
  }

  function isAbandoned(): boolean {
    return ((records.flags[line] ?? 0) & flag.isAbandoned) !== 0
  }

  const lane: Lane = {
    get line() {
      return line
    },
    send: (next) => {
      if (!wire.write(next, request)) return false
      line = next
      status = 0
      body = ''
      location = ''
      client.dispatch(request, handler)
      return true
    },
    cut: (error) => abortRequest?.(error),
  }
  return lane
}

/** Of names and values in turn; empty when there is no such header. */
function headerOf(headers: readonly (Buffer | string)[], wanted: string): string {
  const index = headers.findIndex((name, at) => at % 2 === 0 && name.toString().toLowerCase() === wanted)
  return index === -1 ? '' : String(headers[index + 1])
}
