import type { Migration } from './migration.ts'

/**
 * From when on a user's access tokens count: whoever changes a password or a role, by whatever way, ends those that were
 * signed before. A token says when it was signed in whole seconds, so it is the next whole second, and a sign-in in between
 * dates its token then; a second change in that second takes one more, or that token would outlive it.
 */
export const tokensValidFrom: Migration = {
  name: '0013_tokens_valid_from',
  up: `
    ALTER TABLE users ADD COLUMN tokens_valid_from timestamptz;

    CREATE INDEX users_tokens_valid_from_idx ON users (tokens_valid_from)
      WHERE tokens_valid_from IS NOT NULL;

    CREATE FUNCTION end_access_tokens()
    RETURNS trigger
    LANGUAGE plpgsql
    AS $$
    BEGIN
      NEW.tokens_valid_from := greatest(
        date_trunc('second', clock_timestamp()) + interval '1 second',
        OLD.tokens_valid_from + interval '1 second'
      );
      RETURN NEW;
    END
    $$;

    CREATE TRIGGER users_end_access_tokens BEFORE UPDATE ON users
      FOR EACH ROW WHEN (
        OLD.password IS DISTINCT FROM NEW.password
        OR OLD.role IS DISTINCT FROM NEW.role
        OR OLD.deleted_at IS DISTINCT FROM NEW.deleted_at
      )
      EXECUTE FUNCTION end_access_tokens();
  `,
  down: `
    DROP TRIGGER users_end_access_tokens ON users;
    DROP FUNCTION end_access_tokens();
    ALTER TABLE users DROP COLUMN tokens_valid_from;
  `,
}
