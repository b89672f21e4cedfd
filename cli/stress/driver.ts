import type { Client, Dispatcher } from 'undici'
import { type Ending, endingOfAnswer, endingOfFailure } from './outcomes.ts'
import { markEnded, markSent, markTaken, type Records, wasSent } from './records.ts'

export interface Load {
  readonly clients: readonly Client[]
  /** The claim route's whole path. */
  readonly path: string
  readonly bodyOf: (user: number) => Buffer
  /** The header `Authorization` of the user's claims, made already; null for none. */
  readonly authorizationOf: ((user: number) => string) | null
  /** One line a request, in the order of sending; filled in as answers come. */
  readonly records: Records
  readonly onError: (ending: Ending) => void
  readonly signal: AbortSignal
}

/**
 * Sends every planned request in a closed model: each connection is a lane that takes the next request as soon
 * as its last answer is complete, and all lanes start at one barrier. So the server sets the pace, and a stall
 * delays requests instead of piling them up: their latency does not contain the time they were not sent in.
 *
 * Latency runs from the moment a request is handed to its connection until the last byte of its answer.
 *
 * States: running -> finished (every request has ended) | interrupted (the signal; nothing is sent or
 * recorded any more, and what is under way stays "sent").
 */
export function runLoad(load: Load): Promise<'finished' | 'interrupted'> {
  const { clients, records, signal } = load
  if (signal.aborted) return Promise.resolve('interrupted')
  if (records.total === 0) return Promise.resolve('finished')

  return new Promise((resolve) => {
    const startMs = performance.now()
    let next = 0
    let isInterrupted = false
    const interrupt = () => {
      isInterrupted = true
      resolve('interrupted')
    }
    signal.addEventListener('abort', interrupt, { once: true })

    const course: Course = {
      load,
      nowMs: () => performance.now() - startMs,
      take: () => (isInterrupted || next === records.total ? null : next++),
      end: (request, ending, nowMs) => {
        if (isInterrupted) return
        markEnded(records, request, { ending, nowMs })
        if (ending.error !== null) load.onError(ending)
        if (records.finished < records.total) return
        signal.removeEventListener('abort', interrupt)
        resolve('finished')
      },
    }
    for (const client of clients) createLane(client, course)()
  })
}

/** What the lanes share. */
interface Course {
  readonly load: Load
  /** Milliseconds since the barrier. */
  nowMs(): number
  /** The next request's line in the records, or null when there is nothing left to send. */
  take(): number | null
  end(request: number, ending: Ending, nowMs: number): void
}

/** More than any answer of the claim route; the rest of a longer body is read and dropped. */
const bodyLengthMax = 16_384

/** One connection. Its handler is made once, since it has one request under way at any time. */
function createLane(client: Client, course: Course): () => void {
  const { records, bodyOf, authorizationOf, path } = course.load
  const headers = ['content-type', 'application/json']
  const headersOf = (user: number) =>
    authorizationOf === null ? headers : [...headers, 'authorization', authorizationOf(user)]
  let request = 0
  let status = 0
  let body = ''

  function sendNext(): void {
    const taken = course.take()
    if (taken === null) return
    request = taken
    markTaken(records, request, course.nowMs())
    const user = records.users[request] ?? 0
    client.dispatch({ method: 'POST', path, headers: headersOf(user), body: bodyOf(user) }, handler)
  }

  const handler: Dispatcher.DispatchHandler = {
    onRequestStart: () => {
      status = 0
      body = ''
      markSent(records, request, course.nowMs())
    },
    onResponseStart: (_controller, statusCode) => {
      status = statusCode
    },
    onResponseData: (_controller, chunk) => {
      // A 200 says all by its status; only the others' `kind` is looked at.
      if (status !== 200 && body.length < bodyLengthMax) body += chunk.toString()
    },
    onResponseEnd: () => {
      const nowMs = course.nowMs()
      course.end(request, endingOfAnswer(status, body), nowMs)
      sendNext()
    },
    onResponseError: (_controller, error) => {
      const nowMs = course.nowMs()
      course.end(request, endingOfFailure(error, wasSent(records, request)), nowMs)
      // undici is still taking the failed connection apart; a request dispatched from here would trip it.
      setImmediate(sendNext)
    },
  }
  return sendNext
}
