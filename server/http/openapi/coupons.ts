import { jsonBody, operation, success, written } from './operation.ts'
import { couponName } from './parameters.ts'
import { amount, couponState, instantOrNull, pageNumber } from './schemas.ts'
import { type Parameter, type Paths, type Schema, schemaRef } from './types.ts'

const detailExample = {
  name: 'SUMMER_SALE',
  amount: 500,
  remaining_amount: 499,
  claimed_by: ['alice'],
  claimed_count: 1,
  state: 'active',
  starts_at: null,
  ends_at: '2026-12-31T00:00:00.000Z',
  paused: false,
  reclaimable: true,
  audience: { kind: 'everyone' },
}

const sortKeys = ['name', 'created_at', 'amount', 'remaining', 'starts_at', 'ends_at']

const listParameters: readonly Parameter[] = [
  { name: 'page', in: 'query', description: 'From 1, which is the default.', schema: pageNumber, example: 1 },
  {
    name: 'per_page',
    in: 'query',
    description: '20 by default; more than 1,000 rows are not given, whatever it asks for.',
    schema: pageNumber,
    example: 20,
  },
  {
    name: 'search',
    in: 'query',
    description: 'A part of the name, such as summer, in any case, taken literally.',
    schema: { type: 'string' },
  },
  { name: 'state', in: 'query', description: 'Only coupons in this state.', schema: couponState },
  {
    name: 'sort',
    in: 'query',
    description: 'A leading - turns the order round; oldest first without it.',
    schema: { type: 'string', enum: sortKeys.flatMap((key) => [key, `-${key}`]) },
  },
  {
    name: 'view',
    in: 'query',
    description: 'With `full` each row has everything that the detail has, but `claimed_by`.',
    schema: { type: 'string', enum: ['full'] },
  },
]

const list = operation({
  id: 'listCoupons',
  tag: 'coupons',
  access: 'user',
  summary: 'List the coupons',
  description: 'One page of them.',
  parameters: listParameters,
  responses: {
    200: success({
      description: 'One page.',
      data: schemaRef('CouponPage'),
      example: {
        status: 200,
        data: {
          data: [{ name: 'SUMMER_SALE', amount: 500 }],
          meta: { page: 1, per_page: 1, page_count: 1, total: 1 },
        },
      },
    }),
  },
  problems: ['invalid_request', 'unavailable'],
})

const terms: Readonly<Record<string, Schema>> = {
  paused: { type: 'boolean' },
  reclaimable: { type: 'boolean', description: 'Whether who gave a claim back may claim again.' },
  audience: schemaRef('AudienceWish'),
}

const create = operation({
  id: 'createCoupon',
  tag: 'coupons',
  access: 'admin',
  summary: 'Create a coupon',
  description:
    'Its name becomes canonical: upper case, each run of other characters than A-Z and 0-9 one `_`.',
  body: jsonBody(
    {
      type: 'object',
      properties: {
        name: {
          type: 'string',
          minLength: 1,
          maxLength: 255,
          description: 'It must hold a letter or a digit.',
          examples: ['Summer sale'],
        },
        amount,
        starts_at: instantOrNull,
        ends_at: instantOrNull,
        ...terms,
      },
      required: ['name', 'amount'],
    },
    { name: 'Summer sale', amount: 500, ends_at: '2026-12-31T00:00:00.000Z' },
  ),
  responses: {
    201: success({
      status: 201,
      description: 'It is created.',
      data: schemaRef('CouponDetail'),
      isMessageRequired: true,
      example: {
        status: 201,
        data: { ...detailExample, remaining_amount: 500, claimed_by: [], claimed_count: 0 },
        message: 'Coupon SUMMER_SALE is created successfully.',
      },
    }),
  },
  problems: ['coupon_exists', ...written],
})

const find = operation({
  id: 'getCoupon',
  tag: 'coupons',
  access: 'user',
  summary: 'Read a coupon',
  description: 'With the first 1,000 who have it, for an admin; a user sees at most itself there.',
  parameters: [couponName],
  responses: {
    200: success({
      description: 'The coupon.',
      data: schemaRef('CouponDetail'),
      example: { status: 200, data: detailExample },
    }),
  },
  problems: ['coupon_not_found', 'unavailable'],
})

const change = operation({
  id: 'changeCoupon',
  tag: 'coupons',
  access: 'admin',
  summary: 'Change a coupon',
  description:
    'Only what is named is changed. The amount goes up, or down to what is claimed; null takes a date away.',
  parameters: [couponName],
  body: jsonBody(
    {
      type: 'object',
      properties: { amount, starts_at: instantOrNull, ends_at: instantOrNull, ...terms },
      required: [],
      minProperties: 1,
      additionalProperties: false,
    },
    { amount: 600, paused: false },
  ),
  responses: {
    200: success({
      description: 'It is changed successfully.',
      data: schemaRef('CouponDetail'),
      isMessageRequired: true,
      example: {
        status: 200,
        data: { ...detailExample, amount: 600, remaining_amount: 599 },
        message: 'Coupon SUMMER_SALE is changed.',
      },
    }),
  },
  problems: ['coupon_not_found', 'amount_below_claimed', ...written],
})

const remove = operation({
  id: 'deleteCoupon',
  tag: 'coupons',
  access: 'admin',
  summary: 'Delete a coupon',
  description: 'Its claims stay on record, and its name is free again.',
  parameters: [couponName],
  responses: {
    200: success({
      description: 'It is deleted successfully.',
      isMessageRequired: true,
      example: { status: 200, message: 'Coupon SUMMER_SALE is deleted.' },
    }),
  },
  problems: ['coupon_not_found', ...written],
})

export const couponPaths: Paths = {
  '/coupons': { get: list, post: create },
  '/coupons/{coupon_name}': { get: find, patch: change, delete: remove },
}
