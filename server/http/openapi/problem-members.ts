import type { ProblemName } from '../problems.ts'
import type { Schema } from './types.ts'

const claimId: Schema = { type: 'string', description: 'The claim that it is about.', examples: ['1024'] }

/** Members that the problem details of a kind may have beside the common ones; the envelope leaves them out. */
export const problemMembers: Readonly<Partial<Record<ProblemName, Readonly<Record<string, Schema>>>>> = {
  amount_below_claimed: {
    claimed: { type: 'integer', minimum: 1, description: 'How many units are claimed.', examples: [42] },
  },
  already_claimed: { claim_id: claimId },
  claim_expired: { claim_id: claimId },
  claim_released: { claim_id: claimId },
  not_started: {
    starts_at: { type: 'string', format: 'date-time', description: 'From when it can be claimed.' },
  },
  sold_out: {
    remaining: { type: 'integer', minimum: 0, description: 'How many units are left.', examples: [0] },
  },
}

/** Their answers name each fault: `optional_data` in the envelope, `errors` in the problem details. */
export const problemsWithFaults: ReadonlySet<ProblemName> = new Set(['invalid_request'])

/** Their answers say in `Retry-After`, and in `retry_after` of the problem details, when to ask again. */
export const problemsWithRetry: ReadonlySet<ProblemName> = new Set([
  'too_many_requests',
  'in_progress',
  'unavailable',
  'too_many_watchers',
  'outcome_unknown',
])

/** The original answers these two without an error's envelope: `{status, data}`, the message as `data`. */
export const problemsWithoutEnvelope: ReadonlySet<ProblemName> = new Set([
  'url_not_found',
  'method_not_allowed',
])
