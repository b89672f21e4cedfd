import { keyPattern } from '../idempotency.ts'
import type { ProblemName } from '../problems.ts'
import { jsonBody, operation, success } from './operation.ts'
import { couponName } from './parameters.ts'
import { type Header, type Parameter, type Paths, schemaRef } from './types.ts'

const idempotencyKey: Parameter = {
  name: 'Idempotency-Key',
  in: 'header',
  description:
    'A text of your own for this one request, such as 8e03978e-40d5-43dd-bc93-6894a57f9324. Sent again with the same key and body, it gets the first answer again, also after a restart. With or without quotes around it.',
  schema: { type: 'string', pattern: keyPattern.source, minLength: 1, maxLength: 257 },
}

const claimHeaders: Readonly<Record<string, Header>> = {
  Location: {
    description: 'The path of the claim.',
    required: true,
    schema: { type: 'string', examples: ['/api/claims/1024'] },
  },
  'Idempotent-Replayed': {
    description: 'Present when this is the first answer again.',
    schema: { type: 'string', const: 'true' },
  },
}

const claimProblems: readonly ProblemName[] = [
  'sold_out',
  'not_started',
  'ended',
  'paused',
  'forbidden',
  'not_in_audience',
  'coupon_not_found',
  'user_not_found',
  'already_claimed',
  'lock_busy',
  'in_progress',
  'key_reused',
  'too_many_requests',
  'unavailable',
  'outcome_unknown',
]

const claim = operation({
  id: 'claimCoupon',
  tag: 'claims',
  access: 'user',
  summary: 'Claim one unit of a coupon',
  description: `Answered after the commit: 200 means that the unit is the user's, for good, or until the hold runs out.

Of several reasons to refuse, the first is told: unknown coupon, unknown user, already claimed, ended, paused, not started, not in the audience, sold out.

\`user_id\` is a username. An admin may name anybody; a user only itself, and may leave it out. In open mode without a token it is needed.`,
  parameters: [idempotencyKey],
  body: jsonBody(
    {
      type: 'object',
      properties: {
        user_id: { type: 'string', minLength: 1, maxLength: 100, description: 'A username.' },
        coupon_name: {
          type: 'string',
          minLength: 1,
          maxLength: 255,
          description: 'Trimmed and upper-cased before it is looked up.',
        },
        hold_seconds: {
          type: 'integer',
          minimum: 1,
          maximum: 86_400,
          description: 'Hold the unit for so long; it goes back to the stock if it is not confirmed by then.',
        },
      },
      required: ['coupon_name'],
    },
    { user_id: 'alice', coupon_name: 'SUMMER_SALE', hold_seconds: 600 },
  ),
  responses: {
    200: success({
      description:
        "The unit is the user's. In open mode a claim without `hold_seconds` is answered without `data`.",
      data: schemaRef('ClaimAnswer'),
      isDataOptional: true,
      isMessageRequired: true,
      example: {
        status: 200,
        message: 'Coupon SUMMER_SALE is successfully claimed by user alice.',
        data: { claim_id: '1024', state: 'held', held_until: '2026-12-01T09:10:00.000Z' },
      },
      headers: claimHeaders,
    }),
  },
  problems: claimProblems,
})

const eligibility = operation({
  id: 'getEligibility',
  tag: 'claims',
  access: 'user',
  summary: 'Ask whether a user could claim, and why not',
  description: 'Decided by the same code as a claim. It promises nothing: others may be faster.',
  parameters: [
    couponName,
    {
      name: 'user_id',
      in: 'query',
      description: 'A username other than your own: for admins, and in open mode.',
      schema: { type: 'string', minLength: 1, maxLength: 100 },
    },
  ],
  responses: {
    200: success({
      description: 'Whether, and each reason why not.',
      data: schemaRef('Eligibility'),
      example: {
        status: 200,
        data: {
          eligible: false,
          reasons: [
            {
              code: 'not_started',
              message: 'Coupon SUMMER_SALE cannot be claimed yet.',
              until: '2026-12-01T09:00:00.000Z',
            },
          ],
        },
      },
    }),
  },
  problems: ['forbidden', 'coupon_not_found', 'user_not_found', 'unavailable'],
})

export const claimPaths: Paths = {
  '/coupons/claim': { post: claim },
  '/coupons/{coupon_name}/eligibility': { get: eligibility },
}
