import { claimState } from './schemas.ts'
import type { Parameter } from './types.ts'

export const couponName: Parameter = {
  name: 'coupon_name',
  in: 'path',
  description: 'Trimmed and upper-cased before it is looked up.',
  required: true,
  schema: { type: 'string', minLength: 1 },
  example: 'SUMMER_SALE',
}

export const claimIdInPath: Parameter = {
  name: 'claim_id',
  in: 'path',
  description: 'The id of a claim, to be taken as opaque.',
  required: true,
  schema: { type: 'string', minLength: 1 },
  example: '1024',
}

/** Those of every list of claims. */
export const claimPageParameters: readonly Parameter[] = [
  {
    name: 'cursor',
    in: 'query',
    description: '`next_cursor` of the page before; the first page without it.',
    schema: { type: 'string' },
  },
  {
    name: 'limit',
    in: 'query',
    description: 'How many claims a page has at most; 100 by default.',
    schema: { type: 'integer', minimum: 1, maximum: 1000 },
    example: 100,
  },
  { name: 'state', in: 'query', description: 'Only claims in this state.', schema: claimState },
]
