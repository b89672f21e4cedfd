import { named } from '../../db/statement.ts'

/** Row: a number higher than all before it, whatever Redis has forgotten. No locks. */
export const nextFence = named('next_fence', `SELECT nextval('claim_fence_seq')::text AS fence`)

/**
 * Decides one claim that was made under a lock kept elsewhere (migrations/0014_claim_fences).
 * $1 the lock's number; $2 the coupon's name; $3 username; $4 claim key; $5 seconds to hold or null; $6 payload hash or
 * null; $7 whether an attempt before this one lost its answer.
 * One row as of `claim_batch`. Fails with LF001, and does nothing, when a higher number has claimed this coupon.
 */
export const claimFenced = named(
  'claim_fenced',
  `SELECT outcomes, claim_ids, untils, replays FROM claim_coupon_fenced(
    $1::bigint, $2::text, $3::text, $4::uuid, $5::integer, $6::uuid, $7::boolean
  )`,
)
