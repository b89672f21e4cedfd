/** The database by SQL: with pg, without Sequelize and Umzug. */
export { createClaimRecords } from '../claims/records.ts'
export {
  type AuditCheck,
  auditCoupons,
  type CouponAudit,
  countRoughly,
  type Ledger,
  readLedger,
  readLedgers,
} from '../db/audit.ts'
export { type ClockDifference, measureClock } from '../db/clock.ts'
export { connectPool, databaseVersion, describeAddress, type Pool } from '../db/connect.ts'
export { connectionsOfServer } from '../db/connections.ts'
export { type EmbeddedFacts, inspectEmbeddedPostgres } from '../db/embedded/index.ts'
export { type ConnectionFacts, type DatabaseFacts, inspectDatabase, type SettingFact } from '../db/inspect.ts'
export { inspectSchema, type SchemaFacts } from '../db/inspect-schema.ts'
export {
  findDatabase,
  type ProvidedDatabase,
  provideDatabase,
  provideTemporaryDatabase,
  type TemporaryDatabase,
} from '../db/provide.ts'
export { assertSchema, schemaState } from '../db/schema.ts'
export { demoPassword, demoUserCount, removeAllCoupons, seedCoupon, seedUsers } from '../db/seeding.ts'
