import { Client } from 'undici'
import type { RawAnswer } from './answer.ts'
import type { ApiRequest } from './request.ts'

/** How one request went on its connection. */
export interface Exchange {
  readonly answer: RawAnswer | null
  readonly failure: string | null
}

export interface ExchangeOptions {
  readonly timeoutMs: number
  /** Called when the request is written to an established connection. */
  onSent(sinceLastMs: number | null): void
}

/** The connections to one server; one request under way on each. */
export interface Connections {
  /** Never rejects. Waits while all connections are taken; the limit of time begins when it has one. */
  send(request: ApiRequest, options: ExchangeOptions): Promise<Exchange>
  close(): Promise<void>
}

/** The one used last is used next: so some are warm, and others idle for long, as those of real clients. */
export function createConnections(url: string, connectionsMax: number): Connections {
  const all = Array.from({ length: connectionsMax }, () => createConnection(url))
  const free = [...all]
  const waiting: ((connection: Connection) => void)[] = []

  function take(): Promise<Connection> | Connection {
    return free.pop() ?? new Promise((resolve) => waiting.push(resolve))
  }

  function giveBack(connection: Connection): void {
    const next = waiting.shift()
    if (next === undefined) free.push(connection)
    else next(connection)
  }

  return {
    send: async (request, options) => {
      const connection = await take()
      try {
        return await connection.send(request, options)
      } finally {
        giveBack(connection)
      }
    },
    close: async () => {
      await Promise.all(all.map((connection) => connection.close()))
    },
  }
}

interface Connection {
  send(request: ApiRequest, options: ExchangeOptions): Promise<Exchange>
  close(): Promise<void>
}

/** One client of undici has one connection; it opens a new one with the next request when the last was closed. */
function createConnection(url: string): Connection {
  let lastSentMs: number | null = null
  let client = open()

  function open(): Client {
    const opened = new Client(url, {
      pipelining: 1,
      connectTimeout: 5_000,
      headersTimeout: 0,
      bodyTimeout: 0,
    })
    opened.on('connect', () => {
      lastSentMs = null
    })
    return opened
  }

  function exchange(request: ApiRequest, onSent: ExchangeOptions['onSent']): Promise<Exchange> {
    return new Promise((resolve) => {
      let [status, body] = [0, '']
      let headers: RawAnswer['headers'] = {}
      client.dispatch(
        { ...request, headers: { ...request.headers }, idempotent: false },
        {
          onRequestStart: () => {
            const nowMs = performance.now()
            onSent(lastSentMs === null ? null : nowMs - lastSentMs)
            lastSentMs = nowMs
          },
          onResponseStart: (_controller, statusCode, answered) => {
            status = statusCode
            headers = answered
          },
          onResponseData: (_controller, chunk) => {
            body += chunk.toString()
          },
          onResponseEnd: () => resolve({ answer: { status, headers, body }, failure: null }),
          // undici is still taking the connection apart: the next request must not be dispatched from here.
          onResponseError: (_controller, error) =>
            setImmediate(resolve, { answer: null, failure: codeOf(error) } satisfies Exchange),
        },
      )
    })
  }

  return {
    send: async (request, { timeoutMs, onSent }) => {
      const timer = setTimeout(() => {
        const late = client
        client = open()
        void late.destroy(Object.assign(new Error('No answer in time.'), { code: 'timeout' }))
      }, timeoutMs)
      try {
        return await exchange(request, onSent)
      } finally {
        clearTimeout(timer)
      }
    },
    close: () => client.destroy(),
  }
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name
}
