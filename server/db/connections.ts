/** The connections to Postgres that one server process keeps, at most; server.ts opens them, `coupon doctor` adds them up. */

/** One for the readiness probe, one to learn whose tokens were ended: neither waits for the other. */
export const probeConnections = 2

/** It hears of stock that comes back. */
const listenerConnections = 1

const modelsConnectionsMax = 5

export function modelsConnections(poolSizeMax: number): number {
  return Math.min(modelsConnectionsMax, poolSizeMax)
}

export function connectionsOfServer(poolSizeMax: number): number {
  return poolSizeMax + modelsConnections(poolSizeMax) + probeConnections + listenerConnections
}
