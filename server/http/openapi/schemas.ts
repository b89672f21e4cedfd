import { problemSchemas } from './problem-schemas.ts'
import { type Schema, schemaRef } from './types.ts'

/** The largest value of the column type integer. */
const integerMax = 2_147_483_647

export const instant: Schema = { type: 'string', format: 'date-time', examples: ['2026-12-01T09:00:00.000Z'] }
export const instantOrNull: Schema = { ...instant, type: ['string', 'null'] }
export const amount: Schema = { type: 'integer', minimum: 1, maximum: integerMax, examples: [500] }
export const pageNumber: Schema = { type: 'integer', minimum: 1, maximum: integerMax }
const count: Schema = { type: 'integer', minimum: 0 }

export const username: Schema = {
  type: 'string',
  minLength: 1,
  maxLength: 100,
  description: 'A new one may have letters, digits and . _ @ + -',
  examples: ['alice'],
}
export const claimId: Schema = {
  type: 'string',
  description: 'To be taken as opaque.',
  examples: ['1024'],
}

/** An object whose every property is there, and which has no other. */
export function exactly(properties: Readonly<Record<string, Schema>>, description?: string): Schema {
  return {
    type: 'object',
    ...(description !== undefined && { description }),
    properties,
    required: Object.keys(properties),
    additionalProperties: false,
  }
}

export const claimState: Schema = {
  type: 'string',
  enum: ['held', 'confirmed', 'expired', 'released'],
  description:
    'held -> confirmed | expired | released; confirmed -> released. The last two have given the unit back.',
}

export const couponState: Schema = {
  type: 'string',
  enum: ['upcoming', 'active', 'paused', 'ended', 'sold_out'],
  description: 'The first that fits of ended, paused, upcoming, sold_out, active.',
}

const claims: Record<string, Schema> = {
  ClaimState: claimState,
  ClaimAnswer: exactly({
    claim_id: claimId,
    state: { type: 'string', enum: ['held', 'confirmed'] },
    held_until: { ...instantOrNull, description: 'When the hold runs out; null for a claim that is none.' },
  }),
  ClaimChange: exactly({
    claim_id: claimId,
    coupon_name: { type: 'string', examples: ['SUMMER_SALE'] },
    user_id: { type: 'string', description: 'The username of its owner.', examples: ['alice'] },
    state: { type: 'string', enum: ['confirmed', 'released'] },
  }),
  ClaimRecord: exactly({
    id: claimId,
    coupon_name: { type: 'string', examples: ['SUMMER_SALE'] },
    user_id: { type: 'string', description: 'The username of its owner.', examples: ['alice'] },
    state: schemaRef('ClaimState'),
    created_at: instant,
    updated_at: instant,
    held_until: { ...instantOrNull, description: 'When the hold runs out, or would have.' },
  }),
  ClaimPage: exactly({
    data: { type: 'array', items: schemaRef('ClaimRecord') },
    meta: exactly({
      next_cursor: { type: ['string', 'null'], description: 'For the next page; null on the last.' },
      limit: { type: 'integer', minimum: 1, maximum: 1000 },
    }),
  }),
  ClaimEvent: exactly({
    state: { ...schemaRef('ClaimState'), description: 'The state that the claim took.' },
    created_at: instant,
    actor: {
      type: 'string',
      description: 'A username; `system` for an expiry, `anonymous` for a caller without a name.',
    },
    reason: { type: ['string', 'null'] },
    correlation_id: { type: ['string', 'null'] },
  }),
  Eligibility: exactly({
    eligible: { type: 'boolean' },
    reasons: {
      type: 'array',
      description: 'Why not; empty when `eligible`.',
      items: exactly({
        code: {
          type: 'string',
          enum: ['not_started', 'ended', 'paused', 'sold_out', 'already_claimed', 'not_in_audience'],
        },
        message: { type: 'string' },
        until: { ...instantOrNull, description: 'When this reason falls away, if that is known.' },
      }),
    },
  }),
}

const audienceKinds = ['everyone', 'list', 'registered_before', 'registered_after'] as const

const coupons: Record<string, Schema> = {
  CouponState: couponState,
  Audience: {
    type: 'object',
    description: 'Who may claim.',
    properties: {
      kind: { type: 'string', enum: audienceKinds },
      at: { ...instant, description: 'For registered_before and registered_after.' },
      size: { ...count, description: 'For list: how many names it has.' },
    },
    required: ['kind'],
    additionalProperties: false,
  },
  AudienceWish: {
    description: 'Who may claim. registered_before excludes `at` itself, registered_after includes it.',
    oneOf: [
      exactly({ kind: { type: 'string', const: 'everyone' } }),
      exactly({ kind: { type: 'string', const: 'list' }, usernames: { type: 'array', items: username } }),
      exactly({ kind: { type: 'string', enum: ['registered_before', 'registered_after'] }, at: instant }),
    ],
  },
  CouponDetail: exactly({
    name: { type: 'string', description: 'In its canonical form.', examples: ['SUMMER_SALE'] },
    amount: { ...count, description: 'How many units there are in all.' },
    remaining_amount: { ...count, description: 'How many are left.' },
    claimed_by: {
      type: 'array',
      items: { type: 'string' },
      maxItems: 1000,
      description:
        'Usernames in the order of their claims, at most 1,000; who is no admin sees at most itself.',
    },
    claimed_count: { ...count, description: 'How many claims are held or confirmed.' },
    state: schemaRef('CouponState'),
    starts_at: instantOrNull,
    ends_at: instantOrNull,
    paused: { type: 'boolean' },
    reclaimable: {
      type: 'boolean',
      description: 'Whether who gave a claim back may claim again.',
    },
    audience: schemaRef('Audience'),
  }),
}

function couponRow(): Schema {
  const { properties } = coupons.CouponDetail as { properties: Record<string, Schema> }
  const { claimed_by, ...rest } = properties
  return {
    type: 'object',
    description: '`name` and `amount`; with `view=full` all the rest too.',
    properties: rest,
    required: ['name', 'amount'],
    additionalProperties: false,
  }
}

const lists: Record<string, Schema> = {
  CouponPage: exactly({
    data: { type: 'array', items: couponRow() },
    meta: exactly({
      page: pageNumber,
      per_page: { ...count, description: 'How many rows are on this page.' },
      page_count: count,
      total: count,
    }),
  }),
}

const accounts: Record<string, Schema> = {
  Role: { type: 'string', enum: ['user', 'admin'] },
  NewUser: exactly({ username, full_name: { type: 'string' }, role: schemaRef('Role') }),
  Me: exactly({
    username,
    full_name: { type: 'string' },
    role: schemaRef('Role'),
    created_at: instant,
  }),
  Tokens: exactly({
    access_token: { type: 'string', description: 'For `Authorization: Bearer`.' },
    refresh_token: { type: 'string', description: 'For one use at /auth/refresh.' },
    token_type: { type: 'string', const: 'Bearer' },
    expires_in: { type: 'integer', minimum: 1, description: 'Seconds that the access token is good for.' },
  }),
}

const live: Record<string, Schema> = {
  StockCurve: exactly({
    coupon: { type: 'string', examples: ['SUMMER_SALE'] },
    amount: { ...count, description: 'How many units there are in all.' },
    points: {
      type: 'array',
      maxItems: 500,
      items: exactly({
        at: instant,
        remaining: { type: 'integer', description: 'How many were left from then on.' },
      }),
    },
  }),
}

const health: Record<string, Schema> = {
  Readiness: exactly({
    database: { type: 'string', enum: ['up', 'down'] },
    schema: { type: 'string', enum: ['current', 'behind', 'ahead', 'untouched', 'unknown'] },
    strategy: { type: 'string', examples: ['batch'] },
  }),
}

/** Every schema that has a name. */
export function schemas(): Record<string, Schema> {
  return { ...claims, ...coupons, ...lists, ...accounts, ...live, ...health, ...problemSchemas() }
}
