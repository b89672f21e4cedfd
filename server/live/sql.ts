/**
 * What is seen live, read from the database. No statement takes a lock, and none needs an index of its own: one over
 * `coupons.updated_at` would have to be written with every claim, which now changes no index at all. So `coupons` is
 * read as a whole; what that may cost is bounded by whoever asks (view.ts).
 */
import { stateSql } from '../coupons/state.ts'
import { named } from '../db/statement.ts'

/** Of rows `c` of coupons. Row: a `CouponRow`. Units on hold are counted for the rows that are given alone. */
const asCoupon = `
  c.id::text, c.name, c.amount, c.remaining_amount, c.state, c.starts_at, c.ends_at, c.is_deleted,
  (SELECT count(*)::integer FROM user_claims k WHERE k.coupon_id = c.id AND k.state = 'held') AS held`

const withState = `
  SELECT id, name, amount, remaining_amount, starts_at, ends_at, deleted_at IS NOT NULL AS is_deleted, ${stateSql} AS state,
    greatest(
      updated_at, deleted_at, CASE WHEN starts_at <= statement_timestamp() THEN starts_at END,
      CASE WHEN ends_at <= statement_timestamp() THEN ends_at END
    ) AS changed_at
  FROM coupons`

/**
 * $1 how long ago a change counts, in milliseconds, or null for all coupons that are not deleted; $2 how many at most.
 * The latest change first; a start and an end that have passed are changes.
 */
export const changedCoupons = named(
  'live_coupons',
  `WITH c AS MATERIALIZED (
      SELECT * FROM (${withState}) s
      WHERE CASE WHEN $1::double precision IS NULL THEN NOT is_deleted
        ELSE changed_at >= statement_timestamp() - $1::double precision * interval '1 millisecond' END
      ORDER BY changed_at DESC, id DESC LIMIT $2::integer
    )
    SELECT ${asCoupon} FROM c ORDER BY c.changed_at DESC, c.id DESC`,
)

/** $1 a coupon's name as looked up. One row or none. */
export const couponByName = named(
  'live_coupon',
  `SELECT ${asCoupon} FROM (${withState} WHERE name = $1::text AND deleted_at IS NULL) c`,
)

/** Of claims `k`, as they are now. Row: a `RecentRow`. */
const asRecent = `
  k.id::text, (SELECT c.name FROM coupons c WHERE c.id = k.coupon_id) AS coupon,
  (SELECT u.username FROM users u WHERE u.id = k.user_id) AS username,
  k.state, floor(extract(epoch FROM k.updated_at) * 1000)::double precision AS at`

/** $1 how many. Claims made or changed last, the latest first; by the ends of two primary keys. */
export const recentClaims = named(
  'live_recent',
  `WITH latest AS MATERIALIZED (
      (SELECT id FROM user_claims ORDER BY id DESC LIMIT $1::integer)
      UNION
      (SELECT claim_id FROM claim_events ORDER BY id DESC LIMIT $1::integer)
    )
    SELECT ${asRecent} FROM latest l JOIN user_claims k ON k.id = l.id
    ORDER BY k.updated_at DESC, k.id DESC LIMIT $1::integer`,
)

/** $1 a coupon's name, $2 how many. Its newest claims; by the index (coupon_id, id). */
export const recentClaimsOfCoupon = named(
  'live_recent_of_coupon',
  `SELECT ${asRecent} FROM user_claims k
    WHERE k.coupon_id = (SELECT id FROM coupons WHERE name = $1::text AND deleted_at IS NULL)
    ORDER BY k.id DESC LIMIT $2::integer`,
)

/**
 * $1 usernames; $2 how long ago a change counts, in milliseconds, or null for all; $3 how many at most. Their claims, the
 * latest change first; by the index (user_id, coupon_id, ended_id), so it reads each user's claims and nobody else's.
 */
export const recentClaimsOfUsers = named(
  'live_recent_of_users',
  `SELECT ${asRecent} FROM users w JOIN user_claims k ON k.user_id = w.id
    WHERE w.username = ANY ($1::text[]) AND ($2::double precision IS NULL
      OR k.updated_at >= statement_timestamp() - $2::double precision * interval '1 millisecond')
    ORDER BY k.updated_at DESC, k.id DESC LIMIT $3::integer`,
)

/**
 * $1 a coupon's name as looked up, $2 how many points at most. Rows in the order of time: its name, its amount, an
 * instant, and what remained from then on; the first row is before the first claim. None when there is no such coupon.
 *
 * A claim takes a unit when it is made and gives it back when it ends; claims of one batch have one instant, and are one
 * step. It is reckoned back from what remains now, and every so-manieth step is told, so that a rush of three seconds keeps
 * its shape beside a quiet week. By the index (coupon_id, id).
 */
export const stockCurve = named(
  'stock_curve',
  `WITH coupon AS MATERIALIZED (
      SELECT id, name, amount, remaining_amount, created_at FROM coupons WHERE name = $1::text AND deleted_at IS NULL
    ), steps AS MATERIALIZED (
      SELECT s.at, sum(s.units)::integer AS units
      FROM coupon c JOIN user_claims k ON k.coupon_id = c.id
      CROSS JOIN LATERAL (
        SELECT k.created_at AS at, -1 AS units UNION ALL SELECT k.updated_at, 1 WHERE k.ended_id <> 0
      ) s
      GROUP BY s.at
    ), numbered AS (
      SELECT at, row_number() OVER (ORDER BY at DESC) - 1 AS later, count(*) OVER () AS steps,
        coalesce(sum(units) OVER (ORDER BY at DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)::integer AS since
      FROM steps
    )
    SELECT c.name AS coupon, c.amount, p.at, p.remaining
    FROM coupon c CROSS JOIN LATERAL (
      SELECT least(c.created_at, (SELECT min(at) FROM steps)) AS at,
        c.remaining_amount - coalesce((SELECT sum(units) FROM steps), 0)::integer AS remaining, 0 AS rank
      UNION ALL
      SELECT n.at, c.remaining_amount - n.since, 1 FROM numbered n
      WHERE n.later % ((n.steps + $2::integer - 2) / ($2::integer - 1)) = 0
    ) p
    ORDER BY p.rank, p.at`,
)
