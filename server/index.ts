/** The public surface: what the command line, and anybody who embeds the server, may import. */
export { findSecret, newSecret, provideSecret } from './auth/secret.ts'
export { createTokens, type Identity, type Tokens } from './auth/tokens.ts'
export type { ClaimOutcome, ClaimRequest, ClaimStrategy } from './claims/claim.ts'
export { type ClaimState, claimStates } from './claims/life.ts'
export { type StrategyName, strategyNames } from './claims/names.ts'
export { createClaimRecords } from './claims/records.ts'
export { createStrategy, type StrategyParts } from './claims/strategies.ts'
export { isLoopback } from './config/authority.ts'
export { durationMs, durationPattern } from './config/duration.ts'
export { type AuthMode, exampleSecret } from './config/settings.ts'
export { type Config, type ConfigFlags, loadConfig, passwordOfEnvironment } from './config.ts'
export { type CouponDetail, type Coupons, createCoupons } from './coupons/coupons.ts'
export { instantWish, parseInstant } from './coupons/instant.ts'
export { canonicalName, lookupName } from './coupons/name.ts'
export { type CouponSort, couponSorts } from './coupons/sort.ts'
export { type CouponState, couponStates } from './coupons/state.ts'
export type { CouponSummary } from './coupons/summary.ts'
export type { Audience, AudienceWish, TermsWish } from './coupons/terms.ts'
export { usernamesOfCsv } from './coupons/usernames-csv.ts'
export { type AuditCheck, auditCoupons, type CouponAudit, type Ledger, readLedger } from './db/audit.ts'
export { connectPool, databaseVersion, describeAddress, type Pool } from './db/connect.ts'
export {
  assertSchema,
  type MigrationState,
  migrateDown,
  migrateUp,
  migrationStatus,
  schemaState,
} from './db/migrator.ts'
export { openModels } from './db/models/open.ts'
export {
  findDatabase,
  type ProvidedDatabase,
  provideDatabase,
  provideTemporaryDatabase,
} from './db/provide.ts'
export { demoPassword, demoUserCount, seedCoupon, seedUsers } from './db/seeding.ts'
export { AppError, type AppErrorCode, messageOf } from './errors.ts'
export { createLifecycle, type Lifecycle } from './lifecycle.ts'
export { createLog, type Log } from './log.ts'
export { type ProvidedRedis, provideRedis } from './redis/provide.ts'
export { openServer, type RunningServer, type ServerOptions } from './server.ts'
export { openUsers } from './users/open.ts'
export { isRole, passwordFault, type Role, usernameFault } from './users/rules.ts'
export type { UserDetail, Users } from './users/users.ts'
