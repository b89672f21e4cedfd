/** The database by SQL: with pg, without Sequelize and Umzug. */
export { createClaimRecords } from '../claims/records.ts'
export {
  type AuditCheck,
  auditCoupons,
  type CouponAudit,
  type Ledger,
  readLedger,
  readLedgers,
} from '../db/audit.ts'
export { connectPool, databaseVersion, describeAddress, type Pool } from '../db/connect.ts'
export {
  findDatabase,
  type ProvidedDatabase,
  provideDatabase,
  provideTemporaryDatabase,
  type TemporaryDatabase,
} from '../db/provide.ts'
export { assertSchema, schemaState } from '../db/schema.ts'
export { demoPassword, demoUserCount, removeAllCoupons, seedCoupon, seedUsers } from '../db/seeding.ts'
