import { jsonBody, operation, success, written } from './operation.ts'
import { claimIdInPath } from './parameters.ts'
import { type Paths, schemaRef } from './types.ts'

export const recordExample = {
  id: '1024',
  coupon_name: 'SUMMER_SALE',
  user_id: 'alice',
  state: 'confirmed',
  created_at: '2026-12-01T09:00:00.000Z',
  updated_at: '2026-12-01T09:02:00.000Z',
  held_until: '2026-12-01T09:10:00.000Z',
}

const find = operation({
  id: 'getClaim',
  tag: 'claims',
  access: 'user',
  summary: 'Read a claim',
  description: "One's own, or anybody's for an admin; another's is not found.",
  parameters: [claimIdInPath],
  responses: {
    200: success({
      description: 'The claim.',
      data: schemaRef('ClaimRecord'),
      example: { status: 200, data: recordExample },
    }),
  },
  problems: ['not_found', 'unavailable'],
})

const reasonBody = jsonBody(
  {
    type: 'object',
    properties: { reason: { type: 'string', minLength: 1, maxLength: 500, description: 'For the record.' } },
    required: [],
  },
  { reason: 'Paid with card 1234' },
  { isRequired: false },
)

const changeExample = { claim_id: '1024', coupon_name: 'SUMMER_SALE', user_id: 'alice' }

const confirm = operation({
  id: 'confirmClaim',
  tag: 'claims',
  access: 'user',
  summary: 'Keep what is held',
  description: 'held -> confirmed. Confirming again answers the same.',
  parameters: [claimIdInPath],
  body: reasonBody,
  responses: {
    200: success({
      description: 'The claim is confirmed.',
      data: schemaRef('ClaimChange'),
      isMessageRequired: true,
      example: {
        status: 200,
        data: { ...changeExample, state: 'confirmed' },
        message: 'Claim 1024 is confirmed.',
      },
    }),
  },
  problems: ['not_found', 'claim_expired', 'claim_released', ...written],
})

const release = operation({
  id: 'releaseClaim',
  tag: 'claims',
  access: 'user',
  summary: 'Give a claim back',
  description:
    'held | confirmed -> released. The unit goes back to the stock, exactly once; releasing again answers the same.',
  parameters: [claimIdInPath],
  body: reasonBody,
  responses: {
    200: success({
      description: 'The claim is given back.',
      data: schemaRef('ClaimChange'),
      isMessageRequired: true,
      example: {
        status: 200,
        data: { ...changeExample, state: 'released' },
        message: 'Claim 1024 is given back.',
      },
    }),
  },
  problems: ['not_found', 'claim_expired', ...written],
})

const events = operation({
  id: 'listClaimEvents',
  tag: 'claims',
  access: 'user',
  summary: 'Read what became of a claim',
  description: 'Each change of state after the claim was made, oldest first: who, when, why.',
  parameters: [claimIdInPath],
  responses: {
    200: success({
      description: 'The changes.',
      data: { type: 'array', items: schemaRef('ClaimEvent') },
      example: {
        status: 200,
        data: [
          {
            state: 'confirmed',
            created_at: '2026-12-01T09:02:00.000Z',
            actor: 'alice',
            reason: null,
            correlation_id: '5f0c954c-0e4e-4a0c-9f0e-6f6c1c1f7c55',
          },
        ],
      },
    }),
  },
  problems: ['not_found', 'unavailable'],
})

export const claimLifePaths: Paths = {
  '/claims/{claim_id}': { get: find, delete: release },
  '/claims/{claim_id}/confirm': { post: confirm },
  '/claims/{claim_id}/events': { get: events },
}
