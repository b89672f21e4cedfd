/**
 * What the document says already and the server does not do yet. Each list is emptied when its part is built; a line
 * that has become untrue fails the tests that read it.
 */

/** Operations without a route: `METHOD path`, the path without the prefix of the API. */
export const comingRoutes: readonly string[] = [
  'GET /coupons/{coupon_name}/eligibility',
  'GET /claims/{claim_id}',
  'DELETE /claims/{claim_id}',
  'POST /claims/{claim_id}/confirm',
  'GET /claims/{claim_id}/events',
  'PATCH /coupons/{coupon_name}',
  'DELETE /coupons/{coupon_name}',
  'PUT /coupons/{coupon_name}/audience',
  'GET /coupons/{coupon_name}/claims',
  'GET /users/me',
  'GET /users/me/claims',
  'POST /auth/login',
  'POST /auth/refresh',
  'POST /auth/logout',
]

/** Members of schemas that answers do not have yet: `Schema.member`. */
export const comingMembers: readonly string[] = [
  'CouponDetail.claimed_count',
  'CouponDetail.state',
  'CouponDetail.starts_at',
  'CouponDetail.ends_at',
  'CouponDetail.paused',
  'CouponDetail.reclaimable',
  'CouponDetail.audience',
]

/** Operations of a body that no joi schema reads yet, or of fields that it reads otherwise. */
export const comingFields: readonly string[] = [
  'changeCoupon',
  'claimCoupon.hold_seconds: joi does not read it',
  'claimCoupon.user_id: joi requires it',
  'createCoupon.audience: joi does not read it',
  'createCoupon.ends_at: joi does not read it',
  'createCoupon.paused: joi does not read it',
  'createCoupon.reclaimable: joi does not read it',
  'createCoupon.starts_at: joi does not read it',
  'login',
  'logout',
  'refreshTokens',
  'registerUser',
  'releaseClaim',
]

/** Answers that nothing gives yet: `operationId status kind`, the kind left out for a success. */
export const comingStatuses: readonly string[] = [
  'claimCoupon 400 coupon_not_open_error',
  'claimCoupon 401 unauthorized_error',
  'claimCoupon 403 forbidden_error',
  'claimCoupon 409 idempotency_error',
  'claimCoupon 422 idempotency_error',
  'claimCoupon 429 rate_limit_error',
  'createCoupon 401 unauthorized_error',
  'createCoupon 403 forbidden_error',
  'getCoupon 401 unauthorized_error',
  'listCoupons 401 unauthorized_error',
  'registerUser 201',
  'registerUser 400 validation_error',
  'registerUser 409 conflict_error',
  'registerUser 413 validation_error',
  'registerUser 415 validation_error',
  'registerUser 422 validation_error',
  'registerUser 429 rate_limit_error',
]
