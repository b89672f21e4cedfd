import { openWire } from '../../cli/chaos/wire/wire.ts'

/** The wire of `coupon chaos` before a Postgres server, with the URL that leads through it. */
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

export async function startTcpProxy(serverUrl: string): Promise<TcpProxy> {
  const url = new URL(serverUrl)
  const wire = await openWire({ host: url.hostname, port: Number(url.port || 5432) })
  url.host = `127.0.0.1:${wire.port}`
  return {
    url: url.href,
    cuts: wire.lostAnswers,
    loseAnswersTo: (text, times) => wire.loseAnswers(times, [text]),
    freeze: wire.freeze,
    thaw: wire.heal,
    mute: wire.mute,
    cutAll: wire.cut,
    close: wire.close,
  }
}
