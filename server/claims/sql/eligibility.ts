import { named } from '../../db/statement.ts'

/**
 * What stands against a claim, by the rules of migrations/0011_claim_standing.
 * $1 the coupon's name, $2 the username. One row: the reasons' codes in order of precedence, and the times that belong
 * to two of them. No locks, so it holds for the moment it was read.
 */
export const eligibility = named(
  'eligibility',
  `SELECT s.reasons, s.standing_until, s.starts_at FROM claim_standing(
      (SELECT c.id FROM coupons c WHERE c.name = $1::text AND c.deleted_at IS NULL), $2::text, NULL
    ) s`,
)
