import type { Migration } from './migration.ts'

/**
 * Gives back holds that have run out, at most `p_limit` of one coupon and those of the users named. The caller has
 * locked the coupon's row. Returns how many.
 *
 * Claims are locked in the order of their ids, as `confirm_claims` does: what it confirms meanwhile is no longer held
 * when its row is free, and is left alone.
 */
const expireHolds = `
    CREATE FUNCTION expire_holds(p_coupon_id bigint, p_limit integer, p_usernames text[])
    RETURNS integer
    LANGUAGE plpgsql VOLATILE
    SET enable_seqscan = off
    SET plan_cache_mode = force_generic_plan
    AS $$
    DECLARE
      v_now timestamptz := clock_timestamp();
      v_expired integer;
    BEGIN
      WITH due AS MATERIALIZED (
        SELECT k.id FROM user_claims k
        WHERE k.id IN (
          (SELECT d.id FROM user_claims d
            WHERE d.coupon_id = p_coupon_id AND d.state = 'held' AND d.held_until <= v_now
            ORDER BY d.held_until LIMIT p_limit)
          UNION ALL
          SELECT d.id FROM users u JOIN user_claims d ON d.user_id = u.id
          WHERE u.username = ANY (p_usernames) AND d.coupon_id = p_coupon_id AND d.ended_id = 0
            AND d.state = 'held' AND d.held_until <= v_now
        ) AND k.state = 'held'
        ORDER BY k.id FOR NO KEY UPDATE
      ), expired AS (
        UPDATE user_claims k SET state = 'expired', ended_id = k.id, updated_at = v_now
        FROM due WHERE k.id = due.id
        RETURNING k.id
      ), noted AS (
        INSERT INTO claim_events (claim_id, state, actor, reason)
        SELECT e.id, 'expired', 'system', 'The hold ran out.' FROM expired e
      )
      SELECT count(*) INTO v_expired FROM expired;

      UPDATE coupons c SET remaining_amount = c.remaining_amount + v_expired, updated_at = v_now
      WHERE c.id = p_coupon_id AND v_expired > 0;
      RETURN v_expired;
    END
    $$;
`

/**
 * The sweeper's step: gives back at most `p_limit` holds of one coupon that have run out, and returns how many. Null
 * when another process is sweeping this coupon: its lock ends with its transaction, so one that dies leaves the work
 * to the next.
 */
const sweepHolds = `
    CREATE FUNCTION sweep_holds(p_coupon_id bigint, p_limit integer)
    RETURNS integer
    LANGUAGE plpgsql VOLATILE
    AS $$
    BEGIN
      IF NOT pg_try_advisory_xact_lock(1668183408, (p_coupon_id % 2147483647)::integer) THEN
        RETURN NULL;
      END IF;
      PERFORM FROM coupons c WHERE c.id = p_coupon_id FOR NO KEY UPDATE;
      RETURN expire_holds(p_coupon_id, p_limit, NULL);
    END
    $$;
`

/** How holds that have run out are given back: inside a claim, and by the sweeper. */
export const holdExpiry: Migration = {
  name: '0007_hold_expiry',
  up: `
    ${expireHolds}
    ${sweepHolds}
  `,
  down: `
    DROP FUNCTION sweep_holds(bigint, integer);
    DROP FUNCTION expire_holds(bigint, integer, text[]);
  `,
}
