import type { Migration } from './migration.ts'

/**
 * When a coupon can be claimed, by whom, and whether one who gave it back may have it again.
 *
 * A list of usernames is stored under an id of its own, so that a new list is loaded beside the old one and the
 * coupon's row is locked only to swap the two. Members have no foreign key: a million of them would be checked one by
 * one, and a name may be listed before its user registers. How many they are is kept beside: counting a million takes
 * about 100 ms, and the figure is part of every look at a coupon, also while it is being stormed.
 */
export const couponTerms: Migration = {
  name: '0004_coupon_terms',
  up: `
    ALTER TABLE coupons
      ADD COLUMN starts_at timestamptz,
      ADD COLUMN ends_at timestamptz,
      ADD COLUMN paused boolean NOT NULL DEFAULT false,
      ADD COLUMN reclaimable boolean NOT NULL DEFAULT true,
      ADD COLUMN audience_kind text NOT NULL DEFAULT 'everyone',
      ADD COLUMN audience_at timestamptz,
      ADD COLUMN audience_id bigint,
      ADD COLUMN audience_size integer,
      ADD CONSTRAINT coupons_ends_at_check CHECK (ends_at > starts_at),
      ADD CONSTRAINT coupons_audience_kind_check
        CHECK (audience_kind IN ('everyone', 'list', 'registered_before', 'registered_after')),
      ADD CONSTRAINT coupons_audience_at_check
        CHECK ((audience_at IS NOT NULL) = (audience_kind IN ('registered_before', 'registered_after'))),
      ADD CONSTRAINT coupons_audience_id_check
        CHECK ((audience_id IS NOT NULL) = (audience_kind = 'list')),
      ADD CONSTRAINT coupons_audience_size_check
        CHECK ((audience_size IS NOT NULL) = (audience_kind = 'list'));

    CREATE SEQUENCE audience_id_seq;

    CREATE TABLE audience_members (
      audience_id bigint NOT NULL,
      username varchar(100) NOT NULL,
      CONSTRAINT audience_members_pkey PRIMARY KEY (audience_id, username)
    );
  `,
  down: `
    DROP TABLE audience_members;
    DROP SEQUENCE audience_id_seq;
    ALTER TABLE coupons
      DROP COLUMN starts_at,
      DROP COLUMN ends_at,
      DROP COLUMN paused,
      DROP COLUMN reclaimable,
      DROP COLUMN audience_kind,
      DROP COLUMN audience_at,
      DROP COLUMN audience_id,
      DROP COLUMN audience_size;
  `,
}
