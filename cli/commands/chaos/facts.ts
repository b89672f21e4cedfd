import type { Pool } from '../../../server/public/database.ts'
import type { ClaimFact, CouponFact, Facts } from '../../chaos/checks/evidence.ts'

const coupons =
  'SELECT name, amount, remaining_amount AS remaining FROM coupons WHERE deleted_at IS NULL ORDER BY id'

/** Row: a `ClaimFact`. */
const claims = `
  SELECT k.id::text, u.username AS user, c.name AS coupon, k.state, k.held_until IS NOT NULL AS "isHold",
    coalesce(e.states, '{}') AS events
  FROM user_claims k
  JOIN users u ON u.id = k.user_id
  JOIN coupons c ON c.id = k.coupon_id AND c.deleted_at IS NULL
  LEFT JOIN (SELECT claim_id, array_agg(state ORDER BY id) AS states FROM claim_events GROUP BY claim_id) e
    ON e.claim_id = k.id
  ORDER BY k.id`

/** What the database holds of all coupons and their claims, all of one moment. */
export async function readFacts(pool: Pool): Promise<Facts> {
  const client = await pool.connect()
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
    const facts = {
      coupons: (await client.query<CouponFact>(coupons)).rows,
      claims: (await client.query<ClaimFact>(claims)).rows,
    }
    await client.query('COMMIT')
    client.release()
    return facts
  } catch (error) {
    // A connection in the middle of a transaction is of no use to anybody.
    client.release(true)
    throw error
  }
}
