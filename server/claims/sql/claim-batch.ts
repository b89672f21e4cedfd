/**
 * Decides a batch of claims for one coupon in one round trip and one commit (migrations/0002_claim_function).
 * $1 the coupon's name; $2 usernames, $3 claim keys, one position a claim.
 * Row: the outcome, one a position, in order.
 * Named, so that each connection parses it once.
 */
export const claimBatch = {
  name: 'claim_batch',
  text: 'SELECT outcome FROM claim_coupon($1::text, $2::text[], $3::uuid[])',
} as const
