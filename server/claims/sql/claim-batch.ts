import { comment, named } from '../../db/statement.ts'

const text = `SELECT outcomes, claim_ids, untils, replays FROM claim_coupons(
    $1::text[], $2::integer[], $3::text[], $4::uuid[], $5::integer[], $6::uuid[], $7::boolean
  )`

/**
 * Decides a batch of claims, of one coupon or several, in one round trip and one commit
 * (migrations/0012_claim_several_coupons, and 0015 for what a retry does).
 * $1 the coupons' names; $2 which of them each claim is for, from 1, or null when there is one; $3 usernames, $4 claim
 * keys, one position a claim; $5 seconds to hold, $6 payload hashes, one position a claim, or null when no claim has any;
 * $7 whether an attempt before this one lost its answer.
 * One row of lists, separated by commas, one element a position: outcomes, claim ids, untils, whether it was told before.
 * Named, so that each connection parses it once.
 */
export const claimBatch = named('claim_batch', text)

/**
 * The same for a retry: it has no name, and its comment says on whose behalf it is sent. In the hot statement that would
 * make another statement of each batch; a batch that is sent again has lost more time than that.
 */
export function claimBatchAgain(tags: Readonly<Record<string, string | null>>): { text: string } {
  return { text: `${text} ${comment({ ...tags, action: 'claim_batch', application: 'coupon' })}` }
}
