/**
 * Decides a batch of claims for one coupon in one round trip and one commit (migrations/0008_claim_with_terms).
 * $1 the coupon's name; $2 usernames, $3 claim keys, one position a claim; $4 seconds to hold, $5 payload hashes, one
 * position a claim, or null when no claim has any; $6 whether an attempt before this one lost its answer.
 * Row: outcome, claim id, until, whether it was told before; one a position, in order.
 * Named, so that each connection parses it once.
 */
export const claimBatch = {
  name: 'claim_batch',
  text: `SELECT outcome, claim_id, until, is_replay
    FROM claim_coupon($1::text, $2::text[], $3::uuid[], $4::integer[], $5::uuid[], $6::boolean)`,
} as const
