import { recordExample } from './claim-life.ts'
import { content, operation, success, written } from './operation.ts'
import { claimPageParameters, couponName } from './parameters.ts'
import { exactly } from './schemas.ts'
import { type Paths, schemaRef } from './types.ts'

const replaceAudience = operation({
  id: 'replaceAudience',
  tag: 'coupons',
  access: 'admin',
  summary: 'Say by a list who may claim',
  description:
    'A CSV with one username a line, of at most 64 MB and 1,000,000 names. It replaces the audience as a whole.',
  parameters: [couponName],
  body: {
    description: 'One username a line.',
    required: true,
    content: { 'text/csv': { schema: { type: 'string' }, example: 'alice\nbob\n' } },
  },
  responses: {
    200: success({
      description: 'The list is the audience now.',
      data: exactly({
        kind: { type: 'string', const: 'list' },
        size: { type: 'integer', minimum: 0, description: 'How many names it has.' },
      }),
      example: { status: 200, data: { kind: 'list', size: 2 } },
    }),
  },
  problems: ['coupon_not_found', ...written],
})

const confirmedExample = { ...recordExample, held_until: null }

const claimPage = success({
  description: 'One page in JSON; with `Accept: text/csv` all of them.',
  data: schemaRef('ClaimPage'),
  example: { status: 200, data: { data: [confirmedExample], meta: { next_cursor: null, limit: 100 } } },
})

const listClaims = operation({
  id: 'listCouponClaims',
  tag: 'coupons',
  access: 'admin',
  summary: 'List the claims of a coupon',
  description: 'Page by page, or as one CSV of all, which is streamed.',
  parameters: [
    couponName,
    ...claimPageParameters,
    { name: 'user', in: 'query', description: 'Only those of this username.', schema: { type: 'string' } },
  ],
  responses: {
    200: content(claimPage.description, {
      ...claimPage.content,
      'text/csv': {
        schema: { type: 'string' },
        example: `${Object.keys(confirmedExample).join(',')}\n${Object.values(confirmedExample).join(',')}\n`,
      },
    }),
  },
  problems: ['coupon_not_found', 'unavailable'],
})

export const couponListPaths: Paths = {
  '/coupons/{coupon_name}/audience': { put: replaceAudience },
  '/coupons/{coupon_name}/claims': { get: listClaims },
}
