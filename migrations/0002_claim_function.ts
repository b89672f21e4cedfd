import type { Migration } from './migration.ts'

/** Also what the way back from a later version of it creates. */
export const claimCoupon = `CREATE FUNCTION claim_coupon(p_coupon_name text, p_usernames text[], p_claim_keys uuid[])
    RETURNS TABLE (outcome text)
    LANGUAGE plpgsql VOLATILE
    SET enable_seqscan = off
    AS $$
    DECLARE
      v_coupon_id bigint;
      v_remaining integer;
      v_outcomes text[];
      v_wins integer;
      v_stored integer;
      v_updated integer := 0;
    BEGIN
      SELECT c.id, c.remaining_amount INTO v_coupon_id, v_remaining
      FROM coupons c
      WHERE c.name = p_coupon_name AND c.deleted_at IS NULL
      FOR NO KEY UPDATE;

      IF NOT FOUND THEN
        RETURN QUERY SELECT 'coupon_not_found'::text FROM unnest(p_usernames);
        RETURN;
      END IF;

      WITH input AS (
        SELECT i.position, i.claim_key, u.id AS user_id, e.claim_key AS held_key,
          row_number() OVER (PARTITION BY u.id ORDER BY i.position) AS turn
        FROM unnest(p_usernames, p_claim_keys) WITH ORDINALITY AS i (username, claim_key, position)
        LEFT JOIN LATERAL (
          SELECT k.id FROM users k WHERE k.username = i.username AND k.deleted_at IS NULL LIMIT 1
        ) u ON true
        LEFT JOIN LATERAL (
          SELECT k.claim_key FROM user_claims k WHERE k.coupon_id = v_coupon_id AND k.user_id = u.id LIMIT 1
        ) e ON true
      ), ranked AS (
        SELECT *, user_id IS NOT NULL AND held_key IS NULL AND turn = 1 AS is_first,
          count(*) FILTER (WHERE user_id IS NOT NULL AND held_key IS NULL AND turn = 1)
            OVER (ORDER BY position) AS rank
        FROM input
      ), decided AS MATERIALIZED (
        SELECT *, is_first AND rank <= v_remaining AS wins FROM ranked
      ), stored AS (
        INSERT INTO user_claims (user_id, coupon_id, claim_key)
        SELECT d.user_id, v_coupon_id, d.claim_key FROM decided d WHERE d.wins ORDER BY d.position
        RETURNING 1
      ), told AS (
        SELECT d.position, CASE
          WHEN d.user_id IS NULL THEN 'user_not_found'
          WHEN d.wins OR d.held_key = d.claim_key THEN 'claimed'
          WHEN d.held_key IS NOT NULL OR bool_or(d.wins) OVER (PARTITION BY d.user_id) THEN 'already_claimed'
          ELSE 'sold_out'
        END AS outcome
        FROM decided d
      )
      SELECT array_agg(t.outcome ORDER BY t.position),
        (SELECT count(*) FROM decided d WHERE d.wins), (SELECT count(*) FROM stored)
      INTO v_outcomes, v_wins, v_stored
      FROM told t;

      IF v_wins > 0 THEN
        UPDATE coupons c SET remaining_amount = c.remaining_amount - v_wins, updated_at = now()
        WHERE c.id = v_coupon_id;
        GET DIAGNOSTICS v_updated = ROW_COUNT;
      END IF;
      IF v_stored <> v_wins OR (v_wins > 0 AND v_updated <> 1) THEN
        RAISE EXCEPTION 'claim_coupon stored % of % claims and updated % coupons', v_stored, v_wins, v_updated
          USING ERRCODE = 'triggered_data_change_violation';
      END IF;

      RETURN QUERY SELECT unnest(v_outcomes);
    END
    $$;`

/**
 * `claim_key` names a claim before it is sent, so that a claim whose COMMIT was lost on the way finds its
 * own row on a retry. `claim_coupon` decides a batch of claims for one coupon; docs/decisions/0005 says why it
 * is a function and what was rejected.
 *
 * Parameters: the coupon's canonical name; usernames and claim keys, one position a claim.
 * Returns one row a position, in order: `claimed`, `coupon_not_found`, `user_not_found`, `already_claimed` or
 * `sold_out`.
 * Locks: the coupon's row FOR NO KEY UPDATE, first, until the end of the transaction; then FOR KEY SHARE on
 * the users by the foreign key. Everything that writes claims takes the coupon's row first, so no two of
 * them can deadlock.
 * Safe because under READ COMMITTED each statement of a VOLATILE function sees what was committed when the
 * statement began: the second one starts after the lock was won, so it sees every claim won before.
 *
 * What was stored and updated is counted: a batch whose units could not be taken is undone as a whole.
 *
 * A plan is cached for a connection's life, and one made while the tables were empty joins by reading all of the
 * coupon's claims for each user (measured: 68 ms a batch of 128 at 14,000 claims, and growing). LATERAL with
 * LIMIT leaves the planner one way, an index look-up for each claim, whatever it believes of the sizes.
 */
export const claimFunction: Migration = {
  name: '0002_claim_function',
  up: `
    ALTER TABLE user_claims ADD COLUMN claim_key uuid NOT NULL DEFAULT gen_random_uuid();

    ${claimCoupon}
  `,
  down: `
    DROP FUNCTION claim_coupon(text, text[], uuid[]);
    ALTER TABLE user_claims DROP COLUMN claim_key;
  `,
}
