import 'reflect-metadata'
import type { ClientBase } from 'pg'
import { Sequelize } from 'sequelize-typescript'
import type { PoolUse } from '../../metrics/meters.ts'
import { applicationName } from '../connect.ts'
import { type SlowOptions, timeStatements } from '../slow-statements.ts'
import { createSockets } from '../sockets.ts'
import { type Outage, outageOf } from '../sqlstate.ts'
import { Coupon } from './coupon.ts'
import { RefreshToken } from './refresh-token.ts'
import { User } from './user.ts'
import { UserClaim } from './user-claim.ts'

/** Opens Sequelize with the models, for everything but the claim path. The schema is the migrations' work. */
export function openModels(
  url: string,
  { max, timeoutMs, slow }: { max: number; timeoutMs: number; slow?: SlowOptions },
): Sequelize {
  const sockets = createSockets()
  const models = new Sequelize(url, {
    dialect: 'postgres',
    models: [Coupon, User, UserClaim, RefreshToken],
    // Repositories belong to this connection; static models would belong to whichever was opened last.
    repositoryMode: true,
    logging: false,
    pool: { max, acquire: timeoutMs, idle: 60_000 },
    dialectOptions: {
      application_name: applicationName('models'),
      keepAlive: true,
      connectionTimeoutMillis: timeoutMs,
      statement_timeout: timeoutMs,
      query_timeout: timeoutMs + 500,
      stream: sockets.open,
    },
  })
  const close = models.close.bind(models)
  models.close = () => sockets.ended(close())
  if (slow !== undefined) {
    models.addHook('afterConnect', (client) => timeStatements(client as ClientBase, slow))
  }
  return models
}

/** How the models' pool is used at this moment; Sequelize has no word of its own for it. */
export function modelsPoolUse({ connectionManager }: Sequelize): PoolUse {
  const { pool } = connectionManager as unknown as {
    readonly pool: { readonly size: number; readonly available: number; readonly waiting: number }
  }
  return { total: pool.size, idle: pool.available, waiting: pool.waiting }
}

/** Sequelize wraps the driver's error, and has errors of its own for a connection it cannot get. */
export function modelOutageOf(error: unknown): Outage | null {
  const { name = '', parent } = error as { name?: string; parent?: unknown }
  return name.startsWith('SequelizeConnection') ? 'rolled_back' : outageOf(parent ?? error)
}
