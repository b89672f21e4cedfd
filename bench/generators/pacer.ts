import { build } from 'hdr-histogram-js'
import type { Client, Dispatcher } from 'undici'
import { openConnections } from '../../cli/stress/connections.ts'
import { claimPath, cpuNowUs, type Load, type Measured } from './load.ts'
import { claimBody } from './stream.ts'

const timeoutMs = 30_000
/** The finest step of a timer. Latency runs from the intended time, so what a step adds is part of it, for everyone. */
const stepMs = 1

/** How many requests should have been sent by now. */
export function dueBy(elapsedMs: number, ratePerS: number): number {
  return Math.floor((elapsedMs * ratePerS) / 1000) + 1
}

/** When a request should be sent, in milliseconds since the start. */
export function intendedMs(request: number, ratePerS: number): number {
  return (request * 1000) / ratePerS
}

/**
 * The open model: requests come when they come, as people do, and a server that stalls does not hold them up. One that
 * finds no free connection waits here, and that is part of its latency (wrk2's and k6's rule against coordinated
 * omission).
 */
export async function sendByPacer(load: Load): Promise<Measured> {
  const signal = new AbortController().signal
  const { url, connections: count } = load
  const opened = await openConnections({ url, count, warmPath: '/healthcheck', timeoutMs, signal })
  try {
    return await pace(load, opened.clients)
  } finally {
    await opened.close()
  }
}

function pace({ stream, requests, ratePerS }: Load, clients: readonly Client[]): Promise<Measured> {
  const histogram = build({ highestTrackableValue: 4_294_967_295, numberOfSignificantValueDigits: 3 })
  const answered = { won: 0, refused: 0, failed: 0 }
  const free = [...clients]
  const startCpuUs = cpuNowUs()
  const startMs = performance.now()
  let sent = 0
  let ended = 0

  return new Promise((resolve) => {
    const finish = () =>
      resolve({
        durationMs: performance.now() - startMs,
        answered,
        latencyMs: {
          p50: histogram.getValueAtPercentile(50) / 1000,
          p99: histogram.getValueAtPercentile(99) / 1000,
          max: histogram.maxValue / 1000,
        },
        cpuUs: cpuNowUs() - startCpuUs,
        answersEachS: [],
      })

    const sendDue = () => {
      const due = Math.min(requests, dueBy(performance.now() - startMs, ratePerS))
      while (sent < due) {
        const client = free.pop()
        if (client === undefined) break
        send(client, sent)
        sent += 1
      }
    }

    const end = (client: Client, request: number, status: number) => {
      const latencyMs = performance.now() - startMs - intendedMs(request, ratePerS)
      histogram.recordValue(Math.max(1, Math.round(latencyMs * 1000)))
      answered[status === 200 ? 'won' : status > 0 && status < 500 ? 'refused' : 'failed'] += 1
      ended += 1
      if (ended === requests) {
        clearInterval(timer)
        finish()
        return
      }
      free.push(client)
      sendDue()
    }

    function send(client: Client, request: number): void {
      let status = 0
      const handler: Dispatcher.DispatchHandler = {
        onRequestStart: () => {},
        onResponseStart: (_controller, statusCode) => {
          status = statusCode
        },
        onResponseData: () => {},
        onResponseEnd: () => end(client, request, status),
        // undici is still taking the failed connection apart; a request dispatched from here would trip it.
        onResponseError: () => setImmediate(end, client, request, 0),
      }
      const headers = ['content-type', 'application/json']
      client.dispatch({ method: 'POST', path: claimPath, headers, body: claimBody(stream, request) }, handler)
    }

    const timer = setInterval(sendDue, stepMs)
    sendDue()
  })
}
