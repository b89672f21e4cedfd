import { claimsFunction } from './0012_claim_several_coupons.ts'
import type { Migration } from './migration.ts'

/**
 * `claim_coupons` as in 0012, and one step more when it is tried again. There a claim that was stored, and whose answer was
 * lost, was looked for among the claims of the coupon that has the name now: when its coupon was deleted meanwhile the retry
 * was told "coupon_not_found", and when there was another of that name by then it took a second unit.
 *
 * So a retry looks for its claim by user and key first, whatever became of the coupon and the user, and puts what the lost
 * attempt has told on record, where the next statement finds it. It does so when the lock was won, as the rest: an
 * attempt that was before it in the queue has committed. A first attempt pays nothing for it.
 */
const claimsFunctionWithRecall = `
    CREATE OR REPLACE FUNCTION claim_coupons(
      p_coupon_names text[], p_of integer[], p_usernames text[], p_claim_keys uuid[],
      p_hold_seconds integer[], p_payload_hashes uuid[], p_is_retry boolean
    )
    RETURNS TABLE (outcomes text, claim_ids text, untils text, replays text)
    LANGUAGE plpgsql VOLATILE
    SET enable_seqscan = off
    SET plan_cache_mode = force_generic_plan
    AS $$
    #variable_conflict use_column
    DECLARE
      v_ids bigint[];
      v_remaining integer[];
      v_deferred boolean[];
      v_now timestamptz;
      v_outcomes text[];
      v_claim_ids bigint[];
      v_untils timestamptz[];
      v_replays boolean[];
      v_wins integer;
      v_winners integer[];
      v_stored integer;
      v_updated integer := 0;
      v_winning integer := 0;
      v_kept integer;
    BEGIN
      IF p_of IS NULL THEN
        SELECT ARRAY[c.id], ARRAY[c.remaining_amount] INTO v_ids, v_remaining
        FROM coupons c
        WHERE c.name = p_coupon_names[1] AND c.deleted_at IS NULL
        FOR NO KEY UPDATE;
        v_now := clock_timestamp();
        PERFORM FROM user_claims k
        WHERE k.coupon_id = v_ids[1] AND k.state = 'held' AND k.held_until <= v_now LIMIT 1;
        IF FOUND THEN
          v_remaining[1] := v_remaining[1]
            + expire_holds(v_ids[1], greatest(1000, cardinality(p_usernames)), p_usernames);
        END IF;
      ELSE
        SELECT array_agg(l.id ORDER BY n.position), array_agg(coalesce(l.remaining_amount, 0) ORDER BY n.position),
          array_agg(CASE
            WHEN l.id IS NULL THEN EXISTS (SELECT FROM coupons c WHERE c.name = n.name AND c.deleted_at IS NULL)
            ELSE EXISTS (
              SELECT FROM user_claims k
              WHERE k.coupon_id = l.id AND k.state = 'held' AND k.held_until <= clock_timestamp()
            )
          END ORDER BY n.position)
        INTO v_ids, v_remaining, v_deferred
        FROM unnest(p_coupon_names) WITH ORDINALITY AS n (name, position)
        LEFT JOIN LATERAL (
          SELECT c.id, c.remaining_amount FROM coupons c
          WHERE c.name = n.name AND c.deleted_at IS NULL LIMIT 1
          FOR NO KEY UPDATE SKIP LOCKED
        ) l ON true;
        v_now := clock_timestamp();
      END IF;

      IF p_is_retry THEN
        INSERT INTO claim_answers (claim_key, payload_hash, outcome, claim_id, until)
        SELECT i.claim_key, i.payload_hash, 'claimed', k.id, k.held_until
        FROM unnest(p_of, p_usernames, p_claim_keys, p_payload_hashes) AS i (coupon, username, claim_key, payload_hash)
        CROSS JOIN LATERAL (SELECT n.id FROM users n WHERE n.username = i.username LIMIT 1) u
        CROSS JOIN LATERAL (
          SELECT s.id, s.held_until, s.coupon_id FROM user_claims s
          WHERE s.user_id = u.id AND s.claim_key = i.claim_key ORDER BY s.id LIMIT 1
        ) k
        CROSS JOIN LATERAL (
          SELECT FROM coupons c WHERE c.id = k.coupon_id AND c.name = p_coupon_names[coalesce(i.coupon, 1)] LIMIT 1
        ) c
        ORDER BY i.claim_key
        ON CONFLICT DO NOTHING;
      END IF;

      WITH input AS (
        SELECT i.position, i.coupon, i.claim_key, i.hold_seconds, s.*,
          a.claim_key IS NOT NULL AS is_answered, a.outcome AS answer, a.claim_id AS answer_id, a.until AS answer_until,
          a.payload_hash IS NOT DISTINCT FROM i.payload_hash AS is_same,
          v_deferred[i.coupon] IS TRUE AS is_deferred,
          row_number() OVER (PARTITION BY i.coupon, s.user_id, a.claim_key IS NULL ORDER BY i.position) AS turn
        FROM (
          SELECT x.position, coalesce(x.coupon, 1) AS coupon, x.username, x.claim_key, x.hold_seconds, x.payload_hash
          FROM unnest(p_of, p_usernames, p_claim_keys, p_hold_seconds, p_payload_hashes)
            WITH ORDINALITY AS x (coupon, username, claim_key, hold_seconds, payload_hash, position)
        ) i
        CROSS JOIN LATERAL claim_standing(v_ids[i.coupon], i.username, i.claim_key) s
        LEFT JOIN LATERAL (
          SELECT * FROM claim_answers k WHERE k.claim_key = i.claim_key LIMIT 1
        ) a ON true
      ), ranked AS (
        SELECT *, NOT is_answered AND reasons = '{}' AND turn = 1 AS is_first,
          count(*) FILTER (WHERE NOT is_answered AND reasons = '{}' AND turn = 1)
            OVER (PARTITION BY coupon ORDER BY position) AS rank
        FROM input
      ), decided AS MATERIALIZED (
        SELECT *, is_first AND NOT is_deferred AND rank <= v_remaining[coupon] AS wins FROM ranked
      ), stored AS (
        INSERT INTO user_claims (created_at, updated_at, user_id, coupon_id, claim_key, state, held_until)
        SELECT v_now, v_now, d.user_id, v_ids[d.coupon], d.claim_key,
          CASE WHEN d.hold_seconds IS NULL THEN 'confirmed' ELSE 'held' END,
          v_now + d.hold_seconds * interval '1 second'
        FROM decided d WHERE d.wins ORDER BY d.position
        RETURNING id, user_id, coupon_id, held_until
      ), told AS (
        SELECT d.*, w.id AS winner_id, w.held_until AS winner_until, CASE
          WHEN d.is_deferred THEN 'deferred'
          WHEN d.is_answered THEN CASE WHEN d.is_same THEN d.answer ELSE 'key_reused' END
          WHEN d.wins OR d.standing_key = d.claim_key THEN 'claimed'
          WHEN d.reasons <> '{}' THEN d.reasons[1]
          WHEN w.id IS NOT NULL THEN 'already_claimed'
          ELSE 'sold_out'
        END AS told
        FROM decided d LEFT JOIN stored w ON w.user_id = d.user_id AND w.coupon_id = v_ids[d.coupon]
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
        array_agg(t.coupon) FILTER (WHERE t.wins), count(*) FILTER (WHERE t.wins), (SELECT count(*) FROM stored)
      INTO v_outcomes, v_claim_ids, v_untils, v_replays, v_winners, v_wins, v_stored
      FROM told t;

      IF v_wins > 0 AND p_of IS NULL THEN
        UPDATE coupons c SET remaining_amount = c.remaining_amount - v_wins, updated_at = v_now
        WHERE c.id = v_ids[1];
        GET DIAGNOSTICS v_updated = ROW_COUNT;
        v_winning := 1;
      ELSIF v_wins > 0 THEN
        SELECT count(DISTINCT n.coupon) INTO v_winning FROM unnest(v_winners) AS n (coupon);
        UPDATE coupons c SET remaining_amount = c.remaining_amount - w.wins, updated_at = v_now
        FROM (
          SELECT v_ids[n.coupon] AS id, count(*)::integer AS wins FROM unnest(v_winners) AS n (coupon) GROUP BY n.coupon
        ) w
        WHERE c.id = w.id;
        GET DIAGNOSTICS v_updated = ROW_COUNT;
      END IF;
      IF v_stored <> v_wins OR v_updated <> v_winning THEN
        RAISE EXCEPTION 'claim_coupons stored % of % claims and updated % of % coupons',
          v_stored, v_wins, v_updated, v_winning
          USING ERRCODE = 'triggered_data_change_violation';
      END IF;

      IF p_is_retry OR p_payload_hashes IS NOT NULL THEN
        WITH answers AS (
          SELECT *
          FROM unnest(p_claim_keys, p_payload_hashes, v_outcomes, v_claim_ids, v_untils, v_replays)
            AS n (claim_key, payload_hash, outcome, claim_id, until, is_replay)
          WHERE (p_is_retry OR n.payload_hash IS NOT NULL) AND NOT n.is_replay AND n.outcome NOT IN ('key_reused', 'deferred')
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

      RETURN QUERY SELECT array_to_string(v_outcomes, ','), array_to_string(v_claim_ids, ',', ''),
        CASE WHEN array_remove(v_untils, NULL) <> '{}' THEN (
          SELECT string_agg(coalesce(floor(extract(epoch FROM n.until) * 1000)::text, ''), ',' ORDER BY n.position)
          FROM unnest(v_untils) WITH ORDINALITY AS n (until, position)
        ) END,
        CASE WHEN true = ANY (v_replays) THEN array_to_string(v_replays, ',') END;
    END
    $$;
  `

export const retryFindsItsClaim: Migration = {
  name: '0015_retry_finds_its_claim',
  up: claimsFunctionWithRecall,
  down: `
    DROP FUNCTION claim_coupons(text[], integer[], text[], uuid[], integer[], uuid[], boolean);
    ${claimsFunction}
  `,
}
