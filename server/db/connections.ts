/** The connections to Postgres that one server process keeps, at most; server.ts opens them, `coupon doctor` adds them up. */

/** One for the readiness probe, one to learn whose tokens were ended: neither waits for the other. */
export const probeConnections = 2

/** One hears of stock that comes back, one of what the other processes tell to who watches. */
const listenerConnections = 2

/** To look at what those who watch are shown: they must not take connections from claims; two, so that a long curve does not hold up the looks. */
export const liveConnections = 2

const modelsConnectionsMax = 5

export function modelsConnections(poolSizeMax: number): number {
  return Math.min(modelsConnectionsMax, poolSizeMax)
}

export function connectionsOfServer(poolSizeMax: number): number {
  return (
    poolSizeMax + modelsConnections(poolSizeMax) + probeConnections + listenerConnections + liveConnections
  )
}
