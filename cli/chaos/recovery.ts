/** Hears of every claim that a server decided with its database: when it was sent, and when its answer came. */
export type OnDecided = (server: string, sentMs: number, endedMs: number) => void

/** Adds a listener; the returned function takes it away. */
export type Listen = (listener: OnDecided) => () => void

/**
 * Resolves to the moment by which each of the servers has decided a claim that was sent at `sinceMs` or later; to null when one
 * has not within `withinMs`.
 */
export function awaitRecovery(
  listen: Listen,
  {
    servers,
    sinceMs,
    withinMs,
  }: {
    readonly servers: readonly string[]
    readonly sinceMs: number
    readonly withinMs: number
  },
): Promise<number | null> {
  return new Promise((resolve) => {
    const waitedFor = new Set(servers)
    const settle = (at: number | null) => {
      clearTimeout(timer)
      stop()
      resolve(at)
    }
    const timer = setTimeout(() => settle(null), withinMs)
    const stop = listen((server, sentMs, endedMs) => {
      if (sentMs < sinceMs || !waitedFor.delete(server)) return
      if (waitedFor.size === 0) settle(endedMs)
    })
    if (waitedFor.size === 0) settle(sinceMs)
  })
}
