import type { Migration } from './migration.ts'

/**
 * A claim's states: held -> confirmed | expired | released, confirmed -> released. `held` and `confirmed` are live and
 * take a unit of stock; the others have given it back.
 *
 * `ended_id` is 0 while a claim is live and its own id afterwards. So one unique index allows one live claim a user
 * and coupon beside any number of ended ones, and serves the look-up of both; two partial indexes would be written to
 * twice. Users come first in it, as in the original, since the claims of a coupon have an index in the order of their
 * pages.
 *
 * `claim_events` records what became of a claim after it was made. `claim_answers` keeps the first answer of a claim
 * that came with an Idempotency-Key or was tried again after its answer was lost.
 */
export const claimStates: Migration = {
  name: '0005_claim_states',
  up: `
    ALTER TABLE user_claims
      ADD COLUMN state text NOT NULL DEFAULT 'confirmed',
      ADD COLUMN held_until timestamptz,
      ADD COLUMN ended_id bigint NOT NULL DEFAULT 0,
      ADD CONSTRAINT user_claims_state_check CHECK (state IN ('held', 'confirmed', 'expired', 'released')),
      ADD CONSTRAINT user_claims_held_until_check CHECK (state <> 'held' OR held_until IS NOT NULL),
      ADD CONSTRAINT user_claims_ended_id_check
        CHECK (ended_id = CASE WHEN state IN ('held', 'confirmed') THEN 0 ELSE id END),
      DROP CONSTRAINT user_claims_user_id_coupon_id_key,
      ADD CONSTRAINT user_claims_user_id_coupon_id_key UNIQUE (user_id, coupon_id, ended_id);

    CREATE INDEX user_claims_coupon_id_id_idx ON user_claims (coupon_id, id);
    CREATE INDEX user_claims_held_until_idx ON user_claims (held_until) WHERE state = 'held';
    CREATE INDEX user_claims_coupon_id_held_until_idx ON user_claims (coupon_id, held_until) WHERE state = 'held';

    CREATE TABLE claim_events (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      claim_id bigint NOT NULL,
      state text NOT NULL,
      actor text NOT NULL,
      reason text,
      correlation_id text,
      CONSTRAINT claim_events_claim_id_fkey FOREIGN KEY (claim_id) REFERENCES user_claims (id)
    );

    CREATE INDEX claim_events_claim_id_idx ON claim_events (claim_id, id);

    CREATE TABLE claim_answers (
      claim_key uuid PRIMARY KEY,
      created_at timestamptz NOT NULL DEFAULT now(),
      payload_hash uuid,
      outcome text NOT NULL,
      claim_id bigint,
      until timestamptz
    );

    CREATE INDEX claim_answers_created_at_idx ON claim_answers (created_at);
  `,
  down: `
    DROP TABLE claim_answers;
    DROP TABLE claim_events;
    DELETE FROM user_claims WHERE ended_id <> 0;
    DROP INDEX user_claims_coupon_id_id_idx;
    ALTER TABLE user_claims
      DROP CONSTRAINT user_claims_user_id_coupon_id_key,
      DROP COLUMN state,
      DROP COLUMN held_until,
      DROP COLUMN ended_id,
      ADD CONSTRAINT user_claims_user_id_coupon_id_key UNIQUE (coupon_id, user_id);
  `,
}
