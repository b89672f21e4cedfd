import type { Migration } from './migration.ts'

/** What both are asked, each claim once: by whom it was asked first. */
const asked = `asked AS (
        SELECT DISTINCT ON (i.id) i.*
        FROM unnest(p_claim_ids, p_actors, p_reasons, p_correlation_ids)
          WITH ORDINALITY AS i (id, actor, reason, correlation_id, position)
        ORDER BY i.id, i.position
      )`

/**
 * Gives claims of one coupon back, and returns each one's state after it, one row a position, null for a claim that
 * this coupon does not have. A claim that is not live stays as it is: a unit goes back once, however often it is asked.
 * Locks: the coupon's row, then the claims in the order of their ids.
 */
const releaseClaims = `
    CREATE FUNCTION release_claims(
      p_coupon_id bigint, p_claim_ids bigint[], p_actors text[], p_reasons text[], p_correlation_ids text[]
    )
    RETURNS TABLE (state text)
    LANGUAGE plpgsql VOLATILE
    SET enable_seqscan = off
    SET plan_cache_mode = force_generic_plan
    AS $$
    #variable_conflict use_column
    DECLARE
      v_now timestamptz;
      v_released integer;
    BEGIN
      PERFORM FROM coupons c WHERE c.id = p_coupon_id FOR NO KEY UPDATE;
      PERFORM FROM user_claims k WHERE k.id = ANY (p_claim_ids) ORDER BY k.id FOR NO KEY UPDATE;
      v_now := clock_timestamp();

      WITH ${asked}, released AS (
        UPDATE user_claims k SET state = 'released', ended_id = k.id, updated_at = v_now
        FROM asked a WHERE k.id = a.id AND k.coupon_id = p_coupon_id AND k.ended_id = 0
        RETURNING a.*
      ), noted AS (
        INSERT INTO claim_events (claim_id, state, actor, reason, correlation_id)
        SELECT r.id, 'released', r.actor, r.reason, r.correlation_id FROM released r
      )
      SELECT count(*) INTO v_released FROM released;

      UPDATE coupons c SET remaining_amount = c.remaining_amount + v_released, updated_at = v_now
      WHERE c.id = p_coupon_id AND v_released > 0;

      RETURN QUERY SELECT k.state
      FROM unnest(p_claim_ids) WITH ORDINALITY AS i (id, position)
      LEFT JOIN user_claims k ON k.id = i.id AND k.coupon_id = p_coupon_id
      ORDER BY i.position;
    END
    $$;
`

/**
 * Confirms holds, and returns each one's state after it, one row a position, null for a claim that does not exist. A
 * hold that has run out is told as expired, also when nobody has swept it yet.
 * Locks: the claims in the order of their ids; no coupon, since the stock stays as it is.
 */
const confirmClaims = `
    CREATE FUNCTION confirm_claims(
      p_claim_ids bigint[], p_actors text[], p_reasons text[], p_correlation_ids text[]
    )
    RETURNS TABLE (state text)
    LANGUAGE plpgsql VOLATILE
    SET enable_seqscan = off
    SET plan_cache_mode = force_generic_plan
    AS $$
    #variable_conflict use_column
    DECLARE
      v_now timestamptz;
    BEGIN
      PERFORM FROM user_claims k WHERE k.id = ANY (p_claim_ids) ORDER BY k.id FOR NO KEY UPDATE;
      v_now := clock_timestamp();

      WITH ${asked}, confirmed AS (
        UPDATE user_claims k SET state = 'confirmed', updated_at = v_now
        FROM asked a WHERE k.id = a.id AND k.state = 'held' AND k.held_until > v_now
        RETURNING a.*
      )
      INSERT INTO claim_events (claim_id, state, actor, reason, correlation_id)
      SELECT c.id, 'confirmed', c.actor, c.reason, c.correlation_id FROM confirmed c;

      RETURN QUERY SELECT CASE WHEN k.state = 'held' THEN 'expired' ELSE k.state END
      FROM unnest(p_claim_ids) WITH ORDINALITY AS i (id, position)
      LEFT JOIN user_claims k ON k.id = i.id
      ORDER BY i.position;
    END
    $$;
`

/** What becomes of claims after they were made, a batch in one call, so in one round trip and one commit. */
export const claimChanges: Migration = {
  name: '0009_claim_changes',
  up: `
    ${releaseClaims}
    ${confirmClaims}
  `,
  down: `
    DROP FUNCTION confirm_claims(bigint[], text[], text[], text[]);
    DROP FUNCTION release_claims(bigint, bigint[], text[], text[], text[]);
  `,
}
