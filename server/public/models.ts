/** Coupons and users as the API knows them: with Sequelize. */
export { type CouponDetail, type Coupons, createCoupons } from '../coupons/coupons.ts'
export type { CouponSummary } from '../coupons/summary.ts'
export { openModels } from '../db/models/open.ts'
export { openUsers } from '../users/open.ts'
export type { UserDetail, Users } from '../users/users.ts'
