import type { AddressInfo } from 'node:net'
import { connect, createServer, type Socket } from 'node:net'

/**
 * A TCP proxy before a Postgres server that can lose answers and stop forwarding.
 *
 * States: open (bytes pass) <-> frozen (connections are accepted and kept, nothing passes); closed.
 */
export interface TcpProxy {
  /** The server's URL by way of this proxy. */
  readonly url: string
  /** Connections cut so far because an answer was to be lost. */
  readonly cuts: () => number
  /**
   * From now on, a connection over which a statement with this text is sent loses the answer that ends its
   * transaction: the server has committed by then, the client sees a reset. `times` such answers are lost.
   */
  loseAnswersTo(text: string, times: number): void
  /** Stops forwarding, both ways, without closing anything: a half-open network. */
  freeze(): void
  thaw(): void
  /** From now on no answer passes, while what is sent to the server still does. */
  mute(): void
  /** Resets every connection. */
  cutAll(): void
  close(): Promise<void>
}

/** ReadyForQuery with the status "idle, not in a transaction": what was sent before it is committed. */
const readyAndIdle = Buffer.from([0x5a, 0, 0, 0, 5, 0x49])

export async function startTcpProxy(serverUrl: string): Promise<TcpProxy> {
  const target = new URL(serverUrl)
  const pairs = new Set<{ client: Socket; server: Socket }>()
  let isFrozen = false
  let lose: { text: Buffer; times: number } = { text: Buffer.alloc(0), times: 0 }
  let cuts = 0

  const listener = createServer((client) => {
    const server = connect(Number(target.port), target.hostname)
    const pair = { client, server }
    let isArmed = false
    pairs.add(pair)
    const end = () => {
      client.destroy()
      server.destroy()
      pairs.delete(pair)
    }
    for (const socket of [client, server]) socket.on('error', end).on('close', end)
    client.on('data', (chunk) => {
      isArmed ||= lose.times > 0 && chunk.includes(lose.text)
      server.write(chunk)
    })
    server.on('data', (chunk) => {
      if (!isArmed || !chunk.includes(readyAndIdle) || lose.times === 0) return client.write(chunk)
      lose.times -= 1
      cuts += 1
      client.resetAndDestroy()
      return end()
    })
    if (isFrozen) for (const socket of [client, server]) socket.pause()
  })
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  const url = new URL(serverUrl)
  url.host = `127.0.0.1:${(listener.address() as AddressInfo).port}`

  const sockets = () => [...pairs].flatMap(({ client, server }) => [client, server])
  return {
    url: url.href,
    cuts: () => cuts,
    loseAnswersTo: (text, times) => {
      lose = { text: Buffer.from(text), times }
    },
    freeze: () => {
      isFrozen = true
      for (const socket of sockets()) socket.pause()
    },
    thaw: () => {
      isFrozen = false
      for (const socket of sockets()) socket.resume()
    },
    mute: () => {
      for (const { server } of pairs) server.pause()
    },
    cutAll: () => {
      for (const { client } of pairs) client.resetAndDestroy()
    },
    close: () =>
      new Promise((resolve) => {
        listener.close(() => resolve())
        for (const socket of sockets()) socket.destroy()
      }),
  }
}
