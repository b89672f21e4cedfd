import { type Api, createApi, send } from './api/client.ts'
import { createSession, type Send, type Session } from './api/session.ts'
import type { Settings } from './api/types.ts'
import { type Diagnostics, startDiagnostics } from './live/diagnostics.ts'
import type { Snapshot, Tick } from './live/events.ts'
import { createSale, type SaleView } from './live/sale.ts'
import type { StreamEvent } from './live/sse.ts'
import { createStream, type Stream } from './live/stream.ts'
import { createStore, oncePerFrame, type Store } from './store.ts'

/** Everything behind the views. */
export interface App {
  readonly settings: Settings
  readonly session: Session
  readonly api: Api
  readonly stream: Stream
  /** Set once a frame at most. */
  readonly sale: Store<SaleView>
  /** Forgets what the stream told, as when somebody else signs in. */
  forgetSale(): void
  readonly diagnostics: Diagnostics
}

export function createApp(settings: Settings): App {
  const base = settings.api_prefix
  const sendTo: Send = (method, path, options) => send(`${base}${path}`, method, options)
  const session = createSession(sendTo, sessionStorage)
  const diagnostics = startDiagnostics()
  const model = createSale()
  const sale = createStore(model.view())
  let paintedId = ''

  const paint = oncePerFrame(() => {
    sale.set(model.view())
    const newest = sale.get().recent[0]
    if (newest === undefined || newest.id === paintedId) return
    paintedId = newest.id
    diagnostics.painted(newest.at)
  }, requestAnimationFrame)

  function take({ type, data }: StreamEvent): void {
    if (type === 'snapshot') model.snapshot(JSON.parse(data) as Snapshot)
    else if (type === 'tick') model.tick(JSON.parse(data) as Tick)
    else return
    paint()
  }

  const stream = createStream({ url: `${base}/live`, session, onEvent: take })
  return {
    settings,
    session,
    api: createApi(sendTo, session),
    stream,
    sale,
    forgetSale() {
      model.clear()
      sale.set(model.view())
    },
    diagnostics,
  }
}
