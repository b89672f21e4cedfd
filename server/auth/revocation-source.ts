import type { Pool } from '../db/connect.ts'
import { commented } from '../db/statement.ts'
import type { Revocation, RevocationOptions } from './revocations.ts'

/** $1 the second to begin with, $2 how many at most. */
const revocationsSince = commented(
  'revocations_since',
  `
  SELECT username, extract(epoch FROM tokens_valid_from)::integer AS "validFromS"
  FROM users
  WHERE tokens_valid_from >= to_timestamp($1::bigint)
  ORDER BY tokens_valid_from DESC
  LIMIT $2::integer`,
)

/** Reads from the database by an index that holds nobody but those whose password or role was ever changed. */
export function createRevocationSource(pool: Pool): RevocationOptions['read'] {
  return async (sinceS, limit) => {
    const { rows } = await pool.query<Revocation>(revocationsSince, [sinceS, limit])
    return rows
  }
}
