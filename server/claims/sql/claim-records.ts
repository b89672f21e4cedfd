import { commented } from '../../db/statement.ts'

/**
 * Reads of claims. They take no lock and have no name: a statement that is planned anew each time is planned for the
 * table as it is, not as it was when it was empty.
 *
 * Each picks its rows first, by one index, in a part of its own (MATERIALIZED); the names are then looked up for those
 * rows alone. Written as joins, a page of 2,000 may read all users, and `ORDER BY id LIMIT` may walk the primary key
 * through the claims of everybody else.
 */

/** Of rows `p`. Row: a `ClaimRecord`. */
const asRecord = `
  p.id::text, (SELECT c.name FROM coupons c WHERE c.id = p.coupon_id) AS coupon_name,
  (SELECT u.username FROM users u WHERE u.id = p.user_id) AS user_id,
  p.state, p.created_at, p.updated_at, p.held_until`

/** $1 claim id. One row or none, by the primary key. */
export const claimById = commented(
  'claim_by_id',
  `SELECT ${asRecord} FROM user_claims p WHERE p.id = $1::bigint`,
)

/** $1 claim id. Rows: `ClaimEvent`s in their order, by the index (claim_id, id). */
export const eventsOfClaim = commented(
  'events_of_claim',
  `
  SELECT state, created_at, actor, reason, correlation_id FROM claim_events
  WHERE claim_id = $1::bigint ORDER BY id`,
)

/** $1 the coupon's name as looked up. Row: id. */
export const couponByName = commented(
  'coupon_by_name',
  `SELECT id::text FROM coupons WHERE name = $1::text AND deleted_at IS NULL`,
)

/** $1 state or null, $2 id after which to begin or null, $3 limit, $4 coupon id. By the index (coupon_id, id). */
export const claimsOfCoupon = commented(
  'claims_of_coupon',
  `
  WITH p AS MATERIALIZED (
    SELECT * FROM user_claims
    WHERE coupon_id = $4::bigint AND id > coalesce($2::bigint, 0) AND ($1::text IS NULL OR state = $1::text)
    ORDER BY id LIMIT $3::integer
  )
  SELECT ${asRecord} FROM p ORDER BY p.id`,
)

/** The same with $5 username. By the unique index (user_id, coupon_id, ended_id). */
export const claimsOfUserAndCoupon = commented(
  'claims_of_user_and_coupon',
  `
  WITH p AS MATERIALIZED (
    SELECT * FROM user_claims
    WHERE user_id = (SELECT id FROM users WHERE username = $5::text) AND coupon_id = $4::bigint
  )
  SELECT ${asRecord} FROM p
  WHERE p.id > coalesce($2::bigint, 0) AND ($1::text IS NULL OR p.state = $1::text)
  ORDER BY p.id LIMIT $3::integer`,
)

/** $1 to $3 as above, $4 username; the newest first. By the unique index (user_id, coupon_id, ended_id). */
export const claimsOfUser = commented(
  'claims_of_user',
  `
  WITH mine AS MATERIALIZED (
    SELECT * FROM user_claims WHERE user_id = (SELECT id FROM users WHERE username = $4::text)
  ), p AS MATERIALIZED (
    SELECT * FROM mine
    WHERE ($2::bigint IS NULL OR id < $2::bigint) AND ($1::text IS NULL OR state = $1::text)
    ORDER BY id DESC LIMIT $3::integer
  )
  SELECT ${asRecord} FROM p ORDER BY p.id DESC`,
)
