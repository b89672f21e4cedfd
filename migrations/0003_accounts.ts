import type { Migration } from './migration.ts'

/**
 * Who may do what: a role a user, and the refresh tokens that were handed out. A token itself is never stored, only
 * its SHA-256. The tokens that came of one login by rotation are a family, revoked as a whole.
 */
export const accounts: Migration = {
  name: '0003_accounts',
  up: `
    ALTER TABLE users
      ADD COLUMN role text NOT NULL DEFAULT 'user',
      ADD CONSTRAINT users_role_check CHECK (role IN ('user', 'admin'));

    CREATE TABLE refresh_tokens (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      created_at timestamptz NOT NULL DEFAULT now(),
      user_id bigint NOT NULL,
      family uuid NOT NULL,
      token_hash bytea NOT NULL,
      expires_at timestamptz NOT NULL,
      used_at timestamptz,
      revoked_at timestamptz,
      CONSTRAINT refresh_tokens_token_hash_key UNIQUE (token_hash),
      CONSTRAINT refresh_tokens_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id)
    );

    CREATE INDEX refresh_tokens_family_idx ON refresh_tokens (family);
    CREATE INDEX refresh_tokens_user_id_idx ON refresh_tokens (user_id);
    CREATE INDEX refresh_tokens_expires_at_idx ON refresh_tokens (expires_at);
  `,
  down: `
    DROP TABLE refresh_tokens;
    ALTER TABLE users DROP COLUMN role;
  `,
}
