import type { Migration } from './migration.ts'

/**
 * The rules of a claim, in one place: `claim_standings` tells for each of some users what stands against a claim of
 * one coupon. The claim asks it while it holds the coupon's lock, and the question "may I?" asks it without.
 *
 * Parameters: the coupon's id, null when there is none; usernames and claim keys, one position a claim.
 * One row a position: the user's id; `reasons`, in order of precedence, empty when nothing stands against it; the claim
 * that stands for this user, if any, a live one first; the coupon's start.
 * Locks: none.
 *
 * A hold that has run out counts as given back, whether or not anybody has swept it yet.
 *
 * LATERAL with LIMIT leaves the planner one way, an index look-up for each claim, whatever it believes of the sizes; a
 * scalar subquery does the same for the list of an audience.
 */
export const standingsFunction = `
    CREATE FUNCTION claim_standings(p_coupon_id bigint, p_usernames text[], p_claim_keys uuid[])
    RETURNS TABLE (
      "position" bigint, claim_key uuid, user_id bigint, reasons text[],
      standing_id bigint, standing_key uuid, standing_until timestamptz, starts_at timestamptz
    )
    LANGUAGE sql STABLE
    AS $$
      SELECT i.position, i.claim_key, u.id,
        array_remove(ARRAY[
          CASE WHEN c.id IS NULL THEN 'coupon_not_found' END,
          CASE WHEN u.id IS NULL THEN 'user_not_found' END,
          CASE WHEN s.id IS NOT NULL THEN 'already_claimed' END,
          CASE WHEN c.starts_at > c.now THEN 'not_started' END,
          CASE WHEN c.ends_at <= c.now THEN 'ended' END,
          CASE WHEN c.paused THEN 'paused' END,
          CASE c.audience_kind
            WHEN 'list' THEN CASE WHEN (
              SELECT true FROM audience_members m
              WHERE m.audience_id = c.audience_id AND m.username = i.username LIMIT 1
            ) IS NULL THEN 'not_in_audience' END
            WHEN 'registered_before' THEN CASE WHEN u.created_at >= c.audience_at THEN 'not_in_audience' END
            WHEN 'registered_after' THEN CASE WHEN u.created_at < c.audience_at THEN 'not_in_audience' END
          END,
          CASE WHEN c.is_sold_out THEN 'sold_out' END
        ]::text[], NULL),
        s.id, s.claim_key, s.held_until, c.starts_at
      FROM unnest(p_usernames, p_claim_keys) WITH ORDINALITY AS i (username, claim_key, position)
      LEFT JOIN (
        SELECT k.*, t.now, k.remaining_amount = 0 AND NOT EXISTS (
          SELECT FROM user_claims d WHERE d.coupon_id = k.id AND d.state = 'held' AND d.held_until <= t.now
        ) AS is_sold_out
        FROM coupons k CROSS JOIN (SELECT clock_timestamp() AS now OFFSET 0) t
        WHERE k.id = p_coupon_id OFFSET 0
      ) c ON true
      LEFT JOIN LATERAL (
        SELECT k.id, k.created_at FROM users k WHERE k.username = i.username AND k.deleted_at IS NULL LIMIT 1
      ) u ON true
      LEFT JOIN LATERAL (
        SELECT k.id, k.claim_key, k.held_until FROM user_claims k
        WHERE k.user_id = u.id AND k.coupon_id = c.id
          AND (k.ended_id = 0 OR NOT c.reclaimable OR k.claim_key = i.claim_key)
          AND NOT (k.state = 'held' AND k.held_until <= c.now AND c.reclaimable AND k.claim_key IS DISTINCT FROM i.claim_key)
        ORDER BY k.ended_id
        LIMIT 1
      ) s ON true
    $$;
  `

export const claimStandings: Migration = {
  name: '0006_claim_standings',
  up: standingsFunction,
  down: `
    DROP FUNCTION claim_standings(bigint, text[], uuid[]);
  `,
}
