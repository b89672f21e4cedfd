import pg from 'pg'
import { applicationName } from './connect.ts'
import { createSockets } from './sockets.ts'

export interface Listener {
  close(): Promise<void>
}

export interface ListenOptions {
  readonly channel: string
  /** Called with the payload of each notice. */
  readonly onNotice: (payload: string) => void
  /** Called when notices may have been missed: the connection was lost, and when it is there again. */
  readonly onGap: () => void
  readonly timeoutMs: number
}

const pauseMsFirst = 50
const pauseMsMax = 2000

/**
 * Listens on a connection of its own, which is opened again whenever it is lost.
 *
 * States: connecting -> listening -> waiting (after a loss, longer each time) -> connecting …; closed.
 */
export function listenTo(url: string, { channel, onNotice, onGap, timeoutMs }: ListenOptions): Listener {
  const sockets = createSockets()
  let client: pg.Client | undefined
  let timer: NodeJS.Timeout | undefined
  let pauseMs = pauseMsFirst
  let isClosed = false

  async function open(): Promise<void> {
    const next = new pg.Client({
      connectionString: url,
      application_name: applicationName('listener'),
      keepAlive: true,
      stream: sockets.open,
      connectionTimeoutMillis: timeoutMs,
      query_timeout: timeoutMs,
    })
    client = next
    let isLost = false
    const lose = () => {
      if (isLost || isClosed) return
      isLost = true
      void next.end().catch(() => {})
      onGap()
      timer = setTimeout(() => void open(), pauseMs)
      pauseMs = Math.min(pauseMs * 2, pauseMsMax)
    }
    next.on('error', lose).on('end', lose)
    next.on('notification', ({ payload }) => onNotice(payload ?? ''))
    try {
      await next.connect()
      await next.query(`LISTEN ${pg.escapeIdentifier(channel)}`)
      pauseMs = pauseMsFirst
      onGap()
    } catch {
      lose()
    }
  }

  void open()
  return {
    close: async () => {
      isClosed = true
      clearTimeout(timer)
      if (client !== undefined) await sockets.ended(client.end().catch(() => {}))
    },
  }
}
