import { named } from '../../db/statement.ts'

/**
 * $1 coupons' names. A row for each that is sold out to everybody: id, name, a version that changes with every change
 * of the row, and for how long it holds at most, in milliseconds or null: until the next hold runs out, or the coupon
 * ends, which is told otherwise. A coupon that is not for everyone, or is not open, has other things to tell first.
 * No locks: what is read was committed, and holds for the moment it was read.
 */
const soldOut = `SELECT c.id, c.name, c.updated_at::text AS version,
    extract(epoch FROM least(c.ends_at, (
      SELECT min(d.held_until) FROM user_claims d WHERE d.coupon_id = c.id AND d.state = 'held'
    )) - t.now)::double precision * 1000 AS lasts_ms`

const conditions = `c.deleted_at IS NULL AND c.remaining_amount = 0 AND NOT c.paused AND c.audience_kind = 'everyone'
    AND coalesce(c.starts_at <= t.now, true) AND coalesce(c.ends_at > t.now, true)`

export const soldOutCoupons = named(
  'sold_out_coupons',
  `${soldOut}
    FROM coupons c CROSS JOIN (SELECT clock_timestamp() AS now OFFSET 0) t
    WHERE c.name = ANY ($1::text[]) AND ${conditions}`,
)

/**
 * $1 one coupon's name, $2 the largest amount of interest. The same, with the usernames of those who would be told
 * "already claimed" in place of "sold out".
 */
export const soldOutCoupon = named(
  'sold_out_coupon',
  `${soldOut}, ARRAY(
      SELECT u.username::text FROM user_claims k JOIN users u ON u.id = k.user_id
      WHERE k.coupon_id = c.id AND (k.ended_id = 0 OR NOT c.reclaimable)
    ) AS claimants
    FROM coupons c CROSS JOIN (SELECT clock_timestamp() AS now OFFSET 0) t
    WHERE c.name = $1::text AND c.amount <= $2::integer AND ${conditions}`,
)
