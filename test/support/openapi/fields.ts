/** Where the fields of a body in the document and those of the joi schema that reads it differ. */
import type Joi from 'joi'
import type { Schema } from '../../../server/http/openapi/types.ts'

export interface Body {
  /** The body's schema with `properties` and `required`. */
  readonly described: Schema
  readonly read: Joi.ObjectSchema
  /** Whether a value is right for this field, by the document. */
  isDescribed(field: string, value: unknown): boolean
}

/** Each difference as `field: what`. */
export function fieldDifferences(body: Body): string[] {
  const { described, read } = body
  const properties = described.properties as Readonly<Record<string, Schema>>
  const required = described.required as readonly string[]
  const keys = (read.describe().keys ?? {}) as Readonly<Record<string, { flags?: { presence?: string } }>>
  const names = [...new Set([...Object.keys(properties), ...Object.keys(keys)])].sort()
  return names.flatMap((name) => {
    const key = keys[name]
    if (key === undefined) return [`${name}: joi does not read it`]
    if (properties[name] === undefined) return [`${name}: the document does not have it`]
    const isRequired = key.flags?.presence === 'required'
    if (isRequired !== required.includes(name))
      return [`${name}: joi ${isRequired ? 'requires it' : 'does not'}`]
    return valuesFor(properties[name])
      .filter((value) => body.isDescribed(name, value) !== isRead(read, name, value))
      .map((value) => `${name}: only one of them takes ${show(value)}`)
  })
}

function isRead(schema: Joi.ObjectSchema, name: string, value: unknown): boolean {
  const { error } = schema.validate({ [name]: value }, { abortEarly: false, stripUnknown: true })
  return error === undefined || !error.details.some(({ path }) => path[0] === name)
}

/** Of every kind, at every bound of the document, and far beyond the bounds that either may have. */
function valuesFor({ minimum, maximum, minLength, maxLength }: Schema): unknown[] {
  const bounds = [minimum, maximum].filter((each) => typeof each === 'number')
  const lengths = [minLength, maxLength].filter((each) => typeof each === 'number')
  return [
    null,
    true,
    '',
    'x',
    '5',
    [],
    {},
    1.5,
    0,
    1,
    -1,
    1e9,
    1e12,
    '2026-12-01T09:00:00.000Z',
    '2026-13-01T09:00:00.000Z',
    '2026-12-01',
    'x'.repeat(5000),
    { kind: 'everyone' },
    { kind: 'nobody' },
    { kind: 'registered_before' },
    { kind: 'registered_after', at: '2026-12-01T09:00:00.000Z' },
    { kind: 'list' },
    { kind: 'list', usernames: [] },
    { kind: 'list', usernames: ['alice'] },
    { at: '2026-12-01T09:00:00.000Z' },
    { kind: 'list', usernames: [1] },
    ...bounds.flatMap((bound) => [bound - 1, bound, bound + 1]),
    ...lengths.flatMap((length) =>
      [length - 1, length, length + 1].map((each) => 'x'.repeat(Math.max(0, each))),
    ),
  ]
}

function show(value: unknown): string {
  const text = JSON.stringify(value)
  return text.length > 60 ? `${text.slice(0, 20)}… (${text.length} characters)` : text
}
