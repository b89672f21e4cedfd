import type { Migration } from './migration.ts'

/**
 * The original system's three tables, its names and columns, with the constraints that keep a sale exact.
 *
 * The unique index on claims has the coupon first, so that it serves both "has this user this coupon" and "who
 * has this coupon", and is the only one a plan could take for either.
 */
export const seedTables: Migration = {
  name: '0001_seed_tables',
  up: `
    CREATE TABLE users (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      created_at timestamptz NOT NULL DEFAULT now(),
      updated_at timestamptz NOT NULL DEFAULT now(),
      deleted_at timestamptz,
      username varchar(100) NOT NULL,
      password text NOT NULL,
      full_name varchar(255) NOT NULL,
      CONSTRAINT users_username_key UNIQUE (username)
    );

    CREATE TABLE coupons (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      created_at timestamptz NOT NULL DEFAULT now(),
      updated_at timestamptz NOT NULL DEFAULT now(),
      deleted_at timestamptz,
      name varchar(255) NOT NULL,
      amount integer NOT NULL,
      remaining_amount integer NOT NULL,
      CONSTRAINT coupons_amount_check CHECK (amount >= 0),
      CONSTRAINT coupons_remaining_amount_check CHECK (remaining_amount >= 0 AND remaining_amount <= amount)
    ) WITH (fillfactor = 50);

    CREATE UNIQUE INDEX coupons_name_key ON coupons (name) WHERE deleted_at IS NULL;

    CREATE TABLE user_claims (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      created_at timestamptz NOT NULL DEFAULT now(),
      updated_at timestamptz NOT NULL DEFAULT now(),
      user_id bigint NOT NULL,
      coupon_id bigint NOT NULL,
      CONSTRAINT user_claims_user_id_coupon_id_key UNIQUE (coupon_id, user_id),
      CONSTRAINT user_claims_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id),
      CONSTRAINT user_claims_coupon_id_fkey FOREIGN KEY (coupon_id) REFERENCES coupons (id)
    );
  `,
  down: `
    DROP TABLE user_claims;
    DROP TABLE coupons;
    DROP TABLE users;
  `,
}
