/** Hears of every claim that a server decided with its database: when it was sent, and when its answer came. */
export type OnDecided = (server: string, sentMs: number, endedMs: number) => void

/** Adds a listener; the returned function takes it away. */
export type Listen = (listener: OnDecided) => () => void

/**
 * Resolves to the moment by which each of the servers has decided a claim that was sent at `sinceMs` or later; to null when one
 * has not within `withinMs`, or when the signal is aborted.
 */
export function awaitRecovery(
  listen: Listen,
  {
    servers,
    sinceMs,
    withinMs,
    signal,
  }: {
    readonly servers: readonly string[]
    readonly sinceMs: number
    readonly withinMs: number
    readonly signal: AbortSignal
  },
): Promise<number | null> {
  return new Promise((resolve) => {
    const waitedFor = new Set(servers)
    const settle = (at: number | null) => {
      clearTimeout(timer)
      stop()
      signal.removeEventListener('abort', giveUp)
      resolve(at)
    }
    const giveUp = () => settle(null)
    const timer = setTimeout(giveUp, withinMs)
    const stop = listen((server, sentMs, endedMs) => {
      if (sentMs < sinceMs || !waitedFor.delete(server)) return
      if (waitedFor.size === 0) settle(endedMs)
    })
    signal.addEventListener('abort', giveUp)
    if (signal.aborted) giveUp()
    else if (waitedFor.size === 0) settle(sinceMs)
  })
}
