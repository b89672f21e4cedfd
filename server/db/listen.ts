import pg from 'pg'
import { applicationName } from './connect.ts'
import { createSockets } from './sockets.ts'
import { commented } from './statement.ts'

export interface Listener {
  /**
   * Sends a notice on the channel, over the same connection. Resolves in any case: false when it was not sent, since the
   * connection is away. One that is not answered may be lost; that connection is given up, and opened again.
   */
  notify(payload: string): Promise<boolean>
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

const notice = commented('notify', 'SELECT pg_notify($1::text, $2::text)')

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
  /** The client while it listens. */
  let listening: { readonly client: pg.Client; readonly lose: () => void } | undefined
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
      // A notice is nothing that must outlive a crash: no wait for the disk.
      options: '-c synchronous_commit=off',
    })
    client = next
    let isLost = false
    const lose = () => {
      if (isLost || isClosed) return
      isLost = true
      listening = undefined
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
      listening = { client: next, lose }
      onGap()
    } catch {
      lose()
    }
  }

  void open()
  return {
    notify: async (payload) => {
      const current = listening
      if (current === undefined) return false
      await current.client.query(notice, [channel, payload]).catch(current.lose)
      return true
    },
    close: async () => {
      isClosed = true
      listening = undefined
      clearTimeout(timer)
      if (client !== undefined) await sockets.ended(client.end().catch(() => {}))
    },
  }
}
