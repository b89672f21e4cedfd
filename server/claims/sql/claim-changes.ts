import { named } from '../../db/statement.ts'

/** What changes a claim after it was made; the functions are in migrations/0007_hold_expiry and 0009_claim_changes. */

/** $1 a claim's id. Row: its coupon's id, which never changes. No locks. */
export const couponOfClaim = named(
  'coupon_of_claim',
  'SELECT coupon_id FROM user_claims WHERE id = $1::bigint',
)

/**
 * $1 a coupon's id; $2 claim ids, $3 actors, $4 reasons, $5 correlation ids, one position a claim.
 * Row: the state after it or null, one a position, in order. Locks the coupon, then the claims by id.
 */
export const releaseClaims = named(
  'release_claims',
  'SELECT state FROM release_claims($1::bigint, $2::bigint[], $3::text[], $4::text[], $5::text[])',
)

/** $1 claim ids, $2 actors, $3 reasons, $4 correlation ids. Rows as above. Locks the claims by id. */
export const confirmClaims = named(
  'confirm_claims',
  'SELECT state FROM confirm_claims($1::bigint[], $2::text[], $3::text[], $4::text[])',
)

/** $1 how many rows to look at. Row: the id of a coupon with a hold that has run out, once. No locks. */
export const couponsWithHoldsDue = named(
  'coupons_with_holds_due',
  `SELECT DISTINCT d.coupon_id FROM (
      SELECT coupon_id FROM user_claims
      WHERE state = 'held' AND held_until <= now() ORDER BY held_until LIMIT $1::integer
    ) d`,
)

/** $1 a coupon's id, $2 how many holds at most. Row: how many were given back, null when another is at it. */
export const sweepHolds = named('sweep_holds', 'SELECT sweep_holds($1::bigint, $2::integer) AS swept')

/** $1 how old, in milliseconds; $2 how many at most. Removes kept answers that are older. */
export const purgeAnswers = named(
  'purge_answers',
  `DELETE FROM claim_answers WHERE claim_key IN (
      SELECT claim_key FROM claim_answers
      WHERE created_at < now() - $1::double precision * interval '1 millisecond' ORDER BY created_at LIMIT $2::integer
    )`,
)
