import { claimCoupon } from './0002_claim_function.ts'
import type { Migration } from './migration.ts'

/**
 * Decides a batch of claims for one coupon; docs/decisions/0005 says why it is a function.
 *
 * Parameters: the coupon's canonical name; usernames and claim keys, one position a claim; for each position, or null
 * when none of them has any: for how many seconds it is held (null: confirmed at once), and the hash of the payload
 * that came with an Idempotency-Key (null: without a key); whether an earlier attempt of this batch lost its answer.
 * Returns one row a position, in order: the outcome (server/claims/claim.ts); the claim that is meant, if any; until
 * when it is held, or from when the coupon can be claimed; whether it is the answer given before.
 * Locks: the coupon's row FOR NO KEY UPDATE, first, until the end of the transaction; then FOR KEY SHARE on the users by
 * the foreign key. Whatever changes stock takes the coupon's row first, so no two of them can deadlock.
 * Safe because under READ COMMITTED each statement of a VOLATILE function sees what was committed when the statement
 * began: the one that decides starts after the lock was won, so it sees every claim won before.
 *
 * An answer is kept, in the same transaction, for a claim with an Idempotency-Key, and for a batch that is tried again:
 * the lost attempt may still wait for the lock, and must then find what was told meanwhile in place of deciding anew.
 *
 * What was stored and updated is counted: a batch whose units could not be taken is undone as a whole.
 */
export const claimWithTermsFunction = `
    CREATE FUNCTION claim_coupon(
      p_coupon_name text, p_usernames text[], p_claim_keys uuid[],
      p_hold_seconds integer[], p_payload_hashes uuid[], p_is_retry boolean
    )
    RETURNS TABLE (outcome text, claim_id bigint, until timestamptz, is_replay boolean)
    LANGUAGE plpgsql VOLATILE
    SET enable_seqscan = off
    SET plan_cache_mode = force_generic_plan
    AS $$
    #variable_conflict use_column
    DECLARE
      v_coupon_id bigint;
      v_remaining integer;
      v_now timestamptz;
      v_outcomes text[];
      v_claim_ids bigint[];
      v_untils timestamptz[];
      v_replays boolean[];
      v_wins integer;
      v_stored integer;
      v_updated integer := 0;
      v_kept integer;
    BEGIN
      SELECT c.id, c.remaining_amount INTO v_coupon_id, v_remaining
      FROM coupons c
      WHERE c.name = p_coupon_name AND c.deleted_at IS NULL
      FOR NO KEY UPDATE;

      v_now := clock_timestamp();
      PERFORM FROM user_claims k
      WHERE k.coupon_id = v_coupon_id AND k.state = 'held' AND k.held_until <= v_now LIMIT 1;
      IF FOUND THEN
        v_remaining := v_remaining
          + expire_holds(v_coupon_id, greatest(1000, cardinality(p_usernames)), p_usernames);
      END IF;

      WITH extras AS (
        SELECT * FROM unnest(p_hold_seconds, p_payload_hashes)
          WITH ORDINALITY AS x (hold_seconds, payload_hash, position)
      ), input AS (
        SELECT s.*, x.hold_seconds,
          a.claim_key IS NOT NULL AS is_answered, a.outcome AS answer, a.claim_id AS answer_id, a.until AS answer_until,
          a.payload_hash IS NOT DISTINCT FROM x.payload_hash AS is_same,
          row_number() OVER (PARTITION BY s.user_id, a.claim_key IS NULL ORDER BY s.position) AS turn
        FROM claim_standings(v_coupon_id, p_usernames, p_claim_keys) s
        LEFT JOIN extras x ON x.position = s.position
        LEFT JOIN LATERAL (
          SELECT * FROM claim_answers k WHERE k.claim_key = s.claim_key LIMIT 1
        ) a ON true
      ), ranked AS (
        SELECT *, NOT is_answered AND reasons = '{}' AND turn = 1 AS is_first,
          count(*) FILTER (WHERE NOT is_answered AND reasons = '{}' AND turn = 1) OVER (ORDER BY position) AS rank
        FROM input
      ), decided AS MATERIALIZED (
        SELECT *, is_first AND rank <= v_remaining AS wins FROM ranked
      ), stored AS (
        INSERT INTO user_claims (created_at, updated_at, user_id, coupon_id, claim_key, state, held_until)
        SELECT v_now, v_now, d.user_id, v_coupon_id, d.claim_key,
          CASE WHEN d.hold_seconds IS NULL THEN 'confirmed' ELSE 'held' END,
          v_now + d.hold_seconds * interval '1 second'
        FROM decided d WHERE d.wins ORDER BY d.position
        RETURNING id, user_id, held_until
      ), told AS (
        SELECT d.*, w.id AS winner_id, w.held_until AS winner_until, CASE
          WHEN d.is_answered THEN CASE WHEN d.is_same THEN d.answer ELSE 'key_reused' END
          WHEN d.wins OR d.standing_key = d.claim_key THEN 'claimed'
          WHEN d.reasons <> '{}' THEN d.reasons[1]
          WHEN w.id IS NOT NULL THEN 'already_claimed'
          ELSE 'sold_out'
        END AS told
        FROM decided d LEFT JOIN stored w ON w.user_id = d.user_id
      )
      SELECT array_agg(t.told ORDER BY t.position),
        array_agg(CASE
          WHEN t.is_answered THEN CASE WHEN t.is_same THEN t.answer_id END
          WHEN t.told IN ('claimed', 'already_claimed') THEN coalesce(t.standing_id, t.winner_id)
        END ORDER BY t.position),
        array_agg(CASE
          WHEN t.is_answered THEN CASE WHEN t.is_same THEN t.answer_until END
          WHEN t.told = 'not_started' THEN t.starts_at
          WHEN t.told IN ('claimed', 'already_claimed') THEN coalesce(t.standing_until, t.winner_until)
        END ORDER BY t.position),
        array_agg(t.is_answered AND t.is_same ORDER BY t.position),
        count(*) FILTER (WHERE t.wins), (SELECT count(*) FROM stored)
      INTO v_outcomes, v_claim_ids, v_untils, v_replays, v_wins, v_stored
      FROM told t;

      IF v_wins > 0 THEN
        UPDATE coupons c SET remaining_amount = c.remaining_amount - v_wins, updated_at = v_now
        WHERE c.id = v_coupon_id;
        GET DIAGNOSTICS v_updated = ROW_COUNT;
      END IF;
      IF v_stored <> v_wins OR (v_wins > 0 AND v_updated <> 1) THEN
        RAISE EXCEPTION 'claim_coupon stored % of % claims and updated % coupons', v_stored, v_wins, v_updated
          USING ERRCODE = 'triggered_data_change_violation';
      END IF;

      IF p_is_retry OR p_payload_hashes IS NOT NULL THEN
        WITH answers AS (
          SELECT *
          FROM unnest(p_claim_keys, p_payload_hashes, v_outcomes, v_claim_ids, v_untils, v_replays)
            AS n (claim_key, payload_hash, outcome, claim_id, until, is_replay)
          WHERE (p_is_retry OR n.payload_hash IS NOT NULL) AND NOT n.is_replay AND n.outcome <> 'key_reused'
        ), kept AS (
          INSERT INTO claim_answers (claim_key, payload_hash, outcome, claim_id, until)
          SELECT n.claim_key, n.payload_hash, n.outcome, n.claim_id, n.until FROM answers n ORDER BY n.claim_key
          ON CONFLICT DO NOTHING
          RETURNING 1
        )
        SELECT (SELECT count(*) FROM answers) - (SELECT count(*) FROM kept) INTO v_kept;
        IF v_kept <> 0 THEN
          RAISE EXCEPTION 'another claim took the same key meanwhile' USING ERRCODE = 'serialization_failure';
        END IF;
      END IF;

      RETURN QUERY SELECT * FROM unnest(v_outcomes, v_claim_ids, v_untils, v_replays);
    END
    $$;
  `

export const claimWithTerms: Migration = {
  name: '0008_claim_with_terms',
  up: `
    DROP FUNCTION claim_coupon(text, text[], uuid[]);

    ${claimWithTermsFunction}
  `,
  down: `
    DROP FUNCTION claim_coupon(text, text[], uuid[], integer[], uuid[], boolean);
    ${claimCoupon}
  `,
}
