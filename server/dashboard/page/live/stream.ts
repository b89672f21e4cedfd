/**
 * The stream of the sale, read by `fetch` because `EventSource` sends no token.
 *
 * States: off -> connecting -> live -> waiting -> connecting …; refused when there is no sense in trying again.
 */
import { type Problem, problemOf, unreachable } from '../api/problem.ts'
import type { Session } from '../api/session.ts'
import { createStore, type Store } from '../store.ts'
import { createSseParser, type StreamEvent } from './sse.ts'

export type LinkState =
  | { readonly kind: 'off' }
  | { readonly kind: 'connecting' }
  | { readonly kind: 'live' }
  | { readonly kind: 'waiting'; readonly untilMs: number; readonly problem: Problem }
  | { readonly kind: 'refused'; readonly problem: Problem }

export interface Stream {
  readonly state: Store<LinkState>
  /** Follows the whole sale, or one coupon. What was followed before is let go. */
  open(coupon: string | null): void
  close(): void
  /** Ends a wait at once, as when the network is back. */
  wake(): void
}

export interface StreamParts {
  readonly url: string
  readonly session: Pick<Session, 'token' | 'renew'>
  readonly onEvent: (event: StreamEvent) => void
}

/** The server says something every 10 s; a stream that is silent for longer than this is dead. */
const silenceMsMax = 25_000
const backoffMsMax = 10_000

interface Ended {
  readonly wasLive: boolean
  readonly problem: Problem
}

export function createStream({ url, session, onEvent }: StreamParts): Stream {
  const state = createStore<LinkState>({ kind: 'off' })
  let following: AbortController | null = null
  let wake = () => {}
  let retryMs = 1000
  let lastId = ''

  async function follow(coupon: string | null, signal: AbortSignal): Promise<void> {
    lastId = ''
    for (let failures = 0; !signal.aborted; ) {
      const { wasLive, problem } = await readOnce(coupon, signal)
      if (signal.aborted) return
      if (problem.status === 404 || problem.status === 403 || problem.status === 401) {
        state.set({ kind: 'refused', problem })
        return
      }
      failures = wasLive ? 0 : failures + 1
      const waitMs = problem.retryAfterMs ?? Math.min(retryMs * 2 ** failures, backoffMsMax)
      state.set({ kind: 'waiting', untilMs: Date.now() + waitMs, problem })
      await pause(waitMs, signal)
    }
  }

  function pause(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer)
        resolve()
      }
      const timer = setTimeout(end, ms)
      signal.addEventListener('abort', end, { once: true })
      wake = end
    })
  }

  async function readOnce(coupon: string | null, signal: AbortSignal): Promise<Ended> {
    state.set({ kind: 'connecting' })
    const own = new AbortController()
    const abort = () => own.abort()
    signal.addEventListener('abort', abort)
    let wasLive = false
    try {
      const response = await request(coupon, own.signal)
      if (!response.ok || response.body === null) return { wasLive, problem: await problemOf(response) }
      await readAll(response.body, own, () => {
        wasLive = true
        if (!signal.aborted) state.set({ kind: 'live' })
      })
      return { wasLive, problem: unreachable }
    } catch {
      return { wasLive, problem: unreachable }
    } finally {
      signal.removeEventListener('abort', abort)
      own.abort()
    }
  }

  async function request(coupon: string | null, signal: AbortSignal): Promise<Response> {
    const query = coupon === null ? '' : `?coupon=${encodeURIComponent(coupon)}`
    const ask = (token: string | null) =>
      fetch(`${url}${query}`, {
        headers: {
          Accept: 'text/event-stream, application/problem+json',
          ...(token !== null && { Authorization: `Bearer ${token}` }),
          ...(lastId !== '' && { 'Last-Event-ID': lastId }),
        },
        cache: 'no-store',
        signal,
      })
    const token = await session.token()
    const response = await ask(token)
    if (response.status !== 401 || token === null) return response
    const renewed = await session.renew(token)
    return renewed === null ? response : ask(renewed)
  }

  async function readAll(
    body: ReadableStream<Uint8Array>,
    own: AbortController,
    onLive: () => void,
  ): Promise<void> {
    const parser = createSseParser({
      onEvent: (event) => {
        lastId = event.id
        // Live is what has told how things are, not what has merely answered.
        onLive()
        if (!own.signal.aborted) onEvent(event)
      },
      onRetry: (ms) => {
        retryMs = ms
      },
    })
    const decoder = new TextDecoder()
    const reader = body.getReader()
    let silence = setTimeout(() => own.abort(), silenceMsMax)
    try {
      for (let next = await reader.read(); !next.done; next = await reader.read()) {
        clearTimeout(silence)
        silence = setTimeout(() => own.abort(), silenceMsMax)
        parser.push(decoder.decode(next.value, { stream: true }))
      }
    } finally {
      clearTimeout(silence)
    }
  }

  return {
    state,
    open(coupon) {
      following?.abort()
      following = new AbortController()
      void follow(coupon, following.signal)
    },
    close() {
      following?.abort()
      following = null
      state.set({ kind: 'off' })
    },
    wake: () => wake(),
  }
}
