import type { Config } from './config.ts'
import { connectPool, poolUse, warmPool } from './db/connect.ts'
import { modelsConnections, probeConnections } from './db/connections.ts'
import { modelsPoolUse, openModels } from './db/models/open.ts'
import { assertSchema, schemaState } from './db/schema.ts'
import type { Lifecycle } from './lifecycle.ts'
import type { Log } from './log.ts'
import { linesOf } from './log-lines.ts'
import type { Meters } from './metrics/meters.ts'
import { createSlowLog } from './slow-log.ts'

export interface PoolsOptions {
  readonly config: Config
  readonly databaseUrl: string
  readonly log: Log
}

/** A readiness probe answers within this, whatever the database does. */
export const probeTimeoutMs = 900

/** The database, by three ways: for claims, for the readiness probe, and for everything else. */
export async function openPools(
  { config, databaseUrl, log }: PoolsOptions,
  meters: Meters,
  lifecycle: Lifecycle,
) {
  const { timeoutMs } = config.context
  const onError = (error: Error) => log.warn({ err: error }, 'an idle database connection broke')
  const slow = createSlowLog({ log: linesOf(log), slowMs: config.log.slowStatementMs, meters })
  const claimsMax = config.database.poolSizeMax
  const pool = connectPool(databaseUrl, { max: claimsMax, timeoutMs, onError, ...slow('claims') })
  lifecycle.push('the database pool', () => pool.end())
  await assertSchema(pool)
  await warmPool(pool)
  const probe = connectPool(databaseUrl, {
    max: probeConnections,
    timeoutMs: probeTimeoutMs,
    ...slow('probe'),
  })
  lifecycle.push('the probe', () => probe.end())
  // A first session may take longer than a probe may, and who has just started is asked at once.
  await schemaState(probe).catch(() => {})
  const modelsMax = modelsConnections(config.database.poolSizeMax)
  const models = openModels(databaseUrl, { max: modelsMax, timeoutMs, ...slow('models') })
  lifecycle.push('the models', () => models.close())
  meters.pool('claims', pool.options.max, () => poolUse(pool))
  meters.pool('probe', probe.options.max, () => poolUse(probe))
  meters.pool('models', modelsMax, () => modelsPoolUse(models))
  return { pool, probe, models }
}
