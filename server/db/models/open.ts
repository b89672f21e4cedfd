import 'reflect-metadata'
import { Sequelize } from 'sequelize-typescript'
import { Coupon } from './coupon.ts'
import { RefreshToken } from './refresh-token.ts'
import { User } from './user.ts'
import { UserClaim } from './user-claim.ts'

/** Opens Sequelize with the models, for everything but the claim path. The schema is the migrations' work. */
export function openModels(url: string, { max, timeoutMs }: { max: number; timeoutMs: number }): Sequelize {
  return new Sequelize(url, {
    dialect: 'postgres',
    models: [Coupon, User, UserClaim, RefreshToken],
    // Repositories belong to this connection; static models would belong to whichever was opened last.
    repositoryMode: true,
    logging: false,
    pool: { max, acquire: timeoutMs, idle: 60_000 },
    dialectOptions: {
      application_name: 'coupon',
      keepAlive: true,
      connectionTimeoutMillis: timeoutMs,
      statement_timeout: timeoutMs,
      query_timeout: timeoutMs + 500,
    },
  })
}
