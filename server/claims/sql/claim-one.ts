/**
 * The statements of one claim in one transaction, in this order. The coupon's row is locked first, as every
 * writer of claims does: what is read after that is final until COMMIT, and no two writers can deadlock.
 */

/** $1 the coupon's name. Row: id, remaining_amount. Locks the coupon until the transaction ends. */
export const lockCoupon = {
  name: 'lock_coupon',
  text: `SELECT id, remaining_amount FROM coupons WHERE name = $1::text AND deleted_at IS NULL FOR NO KEY UPDATE`,
} as const

/** $1 username, $2 coupon id. Row: the user's id, and the key of the claim the user holds or null. */
export const findClaimant = {
  name: 'find_claimant',
  text: `SELECT u.id, c.claim_key FROM users u
    LEFT JOIN user_claims c ON c.user_id = u.id AND c.coupon_id = $2::bigint
    WHERE u.username = $1::text AND u.deleted_at IS NULL`,
} as const

/** $1 user id, $2 coupon id, $3 claim key. */
export const storeClaim = {
  name: 'store_claim',
  text: `INSERT INTO user_claims (user_id, coupon_id, claim_key) VALUES ($1::bigint, $2::bigint, $3::uuid)`,
} as const

/** $1 coupon id. One row affected, or there was nothing to take. */
export const takeUnit = {
  name: 'take_unit',
  text: `UPDATE coupons SET remaining_amount = remaining_amount - 1, updated_at = now()
    WHERE id = $1::bigint AND remaining_amount > 0`,
} as const
