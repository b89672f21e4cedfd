import Joi from 'joi'
import type { CouponChanges, NewCoupon } from '../coupons/coupons.ts'
import { instantWish, parseInstant } from '../coupons/instant.ts'
import { canonicalName } from '../coupons/name.ts'
import type { AudienceWish, TermsWish } from '../coupons/terms.ts'
import type { Fault } from '../errors.ts'
import { HttpError, validationFault } from './errors.ts'
import { faultsOf, integerMax, text, validated } from './fields.ts'

/** Upper case can be longer: one ß becomes two S. */
function canonicalFault(canonical: string): string | null {
  if (canonical === '') return 'must hold a letter or a digit'
  return canonical.length > 255 ? 'must have at most 255 characters in upper case' : null
}

const instant = Joi.string()
  .custom((value: string, helpers) => parseInstant(value) ?? helpers.error('instant.fault'))
  .messages({ 'instant.fault': instantWish })

const audience = Joi.object<AudienceWish>({
  kind: Joi.valid('everyone', 'list', 'registered_before', 'registered_after').required(),
  usernames: Joi.when('kind', {
    is: 'list',
    // biome-ignore lint/suspicious/noThenProperty: joi's own word, of a plain object that nobody awaits.
    then: Joi.array().items(text(100).optional()).required(),
    otherwise: Joi.forbidden(),
  }),
  at: Joi.when('kind', {
    is: Joi.valid('registered_before', 'registered_after').required(),
    // biome-ignore lint/suspicious/noThenProperty: as above.
    then: instant.required(),
    otherwise: Joi.forbidden(),
  }),
})

const amount = Joi.number().strict().integer().min(1).max(integerMax)

const terms = {
  starts_at: instant.allow(null),
  ends_at: instant.allow(null),
  paused: Joi.boolean().strict(),
  reclaimable: Joi.boolean().strict(),
  audience,
} satisfies Record<keyof TermsWish, Joi.Schema>

export const newCouponSchema = Joi.object<NewCoupon>({
  name: text(255).custom((value: string, helpers) => {
    const fault = canonicalFault(canonicalName(value))
    return fault === null ? value : helpers.error('text.fault', { fault })
  }),
  amount: amount.required(),
  ...terms,
})

const changes = { amount, ...terms }
export const changesSchema = Joi.object<CouponChanges>(changes)

/** Unknown fields are ignored, as in the original. */
export function readCouponBody(body: Record<string, unknown>): NewCoupon {
  return validated(newCouponSchema, body)
}

/** A field that cannot be changed is a fault, so that nobody believes it was. */
export function readCouponChanges(body: Record<string, unknown>): CouponChanges {
  const names = Object.keys(body)
  if (names.length === 0) {
    const wants = `must name at least one of ${Object.keys(changes).join(', ')}`
    throw new HttpError(validationFault([{ key: 'body', value: wants }]))
  }
  const unknown = names.filter((name) => !Object.hasOwn(changes, name))
  const faults: Fault[] = unknown.map((key) => ({ key, value: 'is not a field that can be changed' }))
  const known = Object.fromEntries(Object.entries(body).filter(([key]) => !unknown.includes(key)))
  faults.push(...faultsOf(changesSchema, known))
  if (faults.length > 0) throw new HttpError(validationFault(faults))
  return validated(changesSchema, known)
}
