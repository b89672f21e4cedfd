import Joi from 'joi'
import type { Fault } from '../errors.ts'
import { HttpError, validationFault } from './errors.ts'

/** Columns are counted in characters, JavaScript's `length` in UTF-16 units: a character may take two. */
function characters(text: string): number {
  let count = 0
  for (const _ of text) count += 1
  return count
}

/** Why a text cannot be stored, or null. Postgres knows neither NUL nor half a surrogate pair. */
function textFault(text: string, charactersMax: number): string | null {
  if (text.includes('\0')) return 'must not hold a NUL character'
  if (!text.isWellFormed()) return 'must be well-formed Unicode'
  if (text.length > charactersMax && characters(text) > charactersMax) {
    return `must have at most ${charactersMax} characters`
  }
  return null
}

/** A text that its column can hold. */
export function text(charactersMax: number): Joi.StringSchema {
  return ruled((value) => textFault(value, charactersMax))
}

/** A required text that `faultOf` finds nothing wrong with. */
export function ruled(faultOf: (value: string) => string | null): Joi.StringSchema {
  return Joi.string()
    .required()
    .custom((value: string, helpers) => {
      const fault = faultOf(value)
      return fault === null ? value : helpers.error('text.fault', { fault })
    })
    .messages({ 'text.fault': '{#fault}' })
}

/** The largest value of the column type integer. */
export const integerMax = 2_147_483_647

/** A day: what is held longer is as good as claimed. */
export const holdSecondsMax = 86_400

export const claimSchema = Joi.object<ClaimBody>({
  user_id: text(100).optional(),
  coupon_name: text(255),
  hold_seconds: Joi.number().strict().integer().min(1).max(holdSecondsMax),
})
const claimForSomebodySchema = claimSchema.fork('user_id', (schema) => schema.required())

export const reasonSchema = Joi.object<{ reason?: string }>({ reason: text(500).optional().min(1) })

/** Why a claim is confirmed or given back; null when it is not said. */
export function readReasonBody(body: Record<string, unknown>): string | null {
  return validated(reasonSchema, body).reason ?? null
}

export interface ClaimBody {
  readonly user_id?: string | undefined
  readonly coupon_name: string
  readonly hold_seconds?: number | undefined
}

/**
 * The claim's fields; `user_id` may be left out by a caller whose name is known. A good body is recognized without
 * joi, which is left to explain a bad one.
 */
export function readClaimBody(body: Record<string, unknown>, { isNamed = false } = {}): ClaimBody {
  const { user_id, coupon_name, hold_seconds } = body
  const isUserFine = user_id === undefined ? isNamed : isPlainText(user_id, 100)
  if (isUserFine && hold_seconds === undefined && isPlainText(coupon_name, 255)) {
    return { user_id, coupon_name } as ClaimBody
  }
  return validated(isNamed ? claimSchema : claimForSomebodySchema, body)
}

function isPlainText(value: unknown, lengthMax: number): value is string {
  return typeof value === 'string' && value.length <= lengthMax && /^[\x20-\x7e]+$/.test(value)
}

/** Throws `HttpError` 400 with every fault. Fields that the schema does not know are left out. */
export function validated<T>(schema: Joi.ObjectSchema<T>, body: Record<string, unknown>): T {
  const { value, error } = schema.validate(body, joiOptions)
  if (error === undefined) return value as T
  throw new HttpError(validationFault(faultsOfJoi(error)))
}

/** The faults alone, for who has some to add. */
export function faultsOf(schema: Joi.ObjectSchema, body: Record<string, unknown>): readonly Fault[] {
  const { error } = schema.validate(body, joiOptions)
  return error === undefined ? [] : faultsOfJoi(error)
}

const joiOptions = { abortEarly: false, stripUnknown: true, errors: { label: false } } as const

function faultsOfJoi({ details }: Joi.ValidationError): Fault[] {
  return details.map(({ path, message }) => ({ key: path.join('.'), value: message }))
}

/** `?name=` as a whole number from 1; `initial` when it is absent. */
export function readPositiveInteger(query: URLSearchParams, name: string, initial: number): number {
  const given = query.get(name)
  if (given === null || given === '') return initial
  const value = /^\d{1,10}$/.test(given) ? Number(given) : 0
  if (value >= 1 && value <= integerMax) return value
  // The original's words, for `page` and `per_page` alike; `optional_data` says which.
  const message = 'Please provide a valid page as integer'
  const faults = [{ key: name, value: `must be a whole number from 1 to ${integerMax}` }]
  throw new HttpError({ problem: 'invalid_request', message, faults })
}

/** A name from a path or a query, or undefined when no stored name can be equal to it. */
export function readLookupText(value: string): string | undefined {
  return textFault(value, 1000) === null ? value : undefined
}

/** `?name=` as one of a few words; undefined when it is absent or empty. */
export function readChoice<Choice extends string>(
  query: URLSearchParams,
  name: string,
  choices: readonly Choice[],
): Choice | undefined {
  const given = query.get(name)
  if (given === null || given === '') return undefined
  const choice = choices.find((each) => each === given)
  if (choice !== undefined) return choice
  throw new HttpError(validationFault([{ key: name, value: `must be one of ${choices.join(', ')}` }]))
}

/** What follows the `?` of a request. */
export function queryOf(request: { readonly url: string }): URLSearchParams {
  return new URL(request.url, 'http://localhost').searchParams
}
