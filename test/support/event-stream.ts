import { once } from 'node:events'
import { type ClientRequest, type IncomingMessage, request } from 'node:http'

/** One frame of `text/event-stream` that has data. */
export interface StreamEvent {
  readonly event: string
  readonly id: string
  readonly data: Told
}

// biome-ignore lint/suspicious/noExplicitAny: whatever a server may tell; the tests say what they expect.
export type Told = any

/** What a browser would make of `GET /api/live`. */
export interface EventStream {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  /** All so far. */
  readonly events: readonly StreamEvent[]
  readonly text: () => string
  /** The first event from `from` on for which it holds; rejects when the stream ends before, or after the time. */
  until(what: string, holds: (event: StreamEvent) => boolean, options?: UntilOptions): Promise<StreamEvent>
  /** Resolves when the server has ended it. */
  readonly ended: Promise<void>
  /** Reads no more, or reads on. */
  pause(): void
  resume(): void
  close(): void
}

export interface UntilOptions {
  readonly from?: number
  readonly timeoutMs?: number
}

/** Resolves with the head of the answer, whatever its status. */
export async function openEventStream(
  url: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<EventStream> {
  const asked: ClientRequest = request(url, { headers, agent: false })
  asked.end()
  const [response] = (await once(asked, 'response')) as [IncomingMessage]
  const events: StreamEvent[] = []
  const waiting = new Set<() => void>()
  let text = ''
  let rest = ''
  let isOver = false
  const look = () => {
    for (const wake of waiting) wake()
  }
  response.setEncoding('utf8')
  response.on('data', (chunk: string) => {
    text += chunk
    const frames = (rest + chunk).split('\n\n')
    rest = frames.pop() ?? ''
    for (const frame of frames) events.push(...eventOf(frame))
    look()
  })
  const ended = new Promise<void>((resolve) => {
    response.once('close', () => {
      isOver = true
      look()
      resolve()
    })
  })
  // A connection that is cut is an end like another.
  response.on('error', () => {})
  asked.on('error', () => {})
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    events,
    text: () => text,
    ended,
    until: (what, holds, { from = 0, timeoutMs = 5000 } = {}) =>
      new Promise((resolve, reject) => {
        const fail = (why: string) => {
          stop()
          reject(new Error(`${why}: ${what}. Last: ${text.slice(-600)}`))
        }
        const timer = setTimeout(() => fail(`Not within ${timeoutMs} ms`), timeoutMs)
        const wake = () => {
          const found = events.slice(from).find(holds)
          if (found === undefined) return isOver ? fail('The stream ended before') : undefined
          stop()
          resolve(found)
        }
        const stop = () => {
          clearTimeout(timer)
          waiting.delete(wake)
        }
        waiting.add(wake)
        wake()
      }),
    pause: () => response.pause(),
    resume: () => response.resume(),
    close: () => asked.destroy(),
  }
}

function eventOf(frame: string): StreamEvent[] {
  const fields = new Map(
    frame.split('\n').map((line): [string, string] => {
      const at = line.indexOf(': ')
      return [line.slice(0, at), line.slice(at + 2)]
    }),
  )
  const data = fields.get('data')
  if (data === undefined) return []
  return [{ event: fields.get('event') ?? '', id: fields.get('id') ?? '', data: JSON.parse(data) }]
}
