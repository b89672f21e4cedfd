/** The server itself, with all that it is made of. */
export { createStrategy, type StrategyParts } from '../claims/strategies.ts'
export { type Assets, loadAssets } from '../dashboard/assets.ts'
export { createLog, type Log } from '../log.ts'
export type { Figures, Gather, Gathered } from '../metrics/metrics.ts'
export { openServer, type RunningServer, type ServerOptions } from '../server.ts'
