import type { Migration } from './migration.ts'

/**
 * Decides one claim that was made under a lock kept elsewhere, which may have been lost meanwhile; docs/decisions/0013 says
 * how it is made safe.
 *
 * Parameters: the number drawn after the lock was won; then those of `claim_coupons` for one claim.
 * Returns what `claim_coupons` does. Raises LF001, and so does nothing, when a claim with a higher number was decided for
 * this coupon: somebody has won the lock since.
 *
 * Locks: those of `claim_coupons`, then the coupon's fence.
 * Safe because the number is looked at when the coupon's row is locked: of two claims, the later one sees the number of the
 * earlier one. It is looked at last, so that no coupon is decided that was not looked at: one that is made while this
 * function runs would be found by its second statement and not by its first.
 */
const fencedClaim = `
    CREATE FUNCTION claim_coupon_fenced(
      p_fence bigint, p_coupon_name text, p_username text, p_claim_key uuid,
      p_hold_seconds integer, p_payload_hash uuid, p_is_retry boolean
    )
    RETURNS TABLE (outcomes text, claim_ids text, untils text, replays text)
    LANGUAGE plpgsql VOLATILE
    SET enable_seqscan = off
    SET plan_cache_mode = force_generic_plan
    AS $$
    DECLARE
      v_coupon_id bigint;
    BEGIN
      RETURN QUERY SELECT * FROM claim_coupons(
        ARRAY[p_coupon_name], NULL, ARRAY[p_username], ARRAY[p_claim_key],
        CASE WHEN p_hold_seconds IS NOT NULL THEN ARRAY[p_hold_seconds] END,
        CASE WHEN p_payload_hash IS NOT NULL THEN ARRAY[p_payload_hash] END,
        p_is_retry
      );

      SELECT c.id INTO v_coupon_id FROM coupons c WHERE c.name = p_coupon_name AND c.deleted_at IS NULL;
      IF FOUND THEN
        INSERT INTO claim_fences AS f (coupon_id, fence) VALUES (v_coupon_id, p_fence)
        ON CONFLICT (coupon_id) DO UPDATE SET fence = excluded.fence WHERE f.fence <= excluded.fence;
        IF NOT FOUND THEN
          RAISE EXCEPTION 'the lock on coupon % was lost: a claim with a higher number than % was decided',
            p_coupon_name, p_fence USING ERRCODE = 'LF001';
        END IF;
      END IF;
    END
    $$;
`

/**
 * Fencing for the strategy `lock`: each lock that is won has a number, and each coupon the highest that has claimed. The
 * numbers are the database's, so that a Redis that forgets or falls back changes nothing about their order. The sequence has
 * no CACHE: then each session would have numbers in stock, and an older one could come later.
 *
 * The table is apart from the coupons, since a change of a coupon's row is told to every process that remembers it as
 * sold out.
 */
export const claimFences: Migration = {
  name: '0014_claim_fences',
  up: `
    CREATE SEQUENCE claim_fence_seq;

    CREATE TABLE claim_fences (
      coupon_id bigint PRIMARY KEY,
      fence bigint NOT NULL,
      CONSTRAINT claim_fences_coupon_id_fkey FOREIGN KEY (coupon_id) REFERENCES coupons (id) ON DELETE CASCADE
    ) WITH (fillfactor = 50);

    ${fencedClaim}
  `,
  down: `
    DROP FUNCTION claim_coupon_fenced(bigint, text, text, uuid, integer, uuid, boolean);
    DROP TABLE claim_fences;
    DROP SEQUENCE claim_fence_seq;
  `,
}
