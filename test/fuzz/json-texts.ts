/** Values as JSON text, made of the document's schemas: right ones, ones just beyond a bound, and hostile ones. */
import fc, { type Arbitrary } from 'fast-check'
import type { OpenApiDocument, Schema } from '../../server/http/openapi/types.ts'

/** Values that exist, by the name of the field or parameter, so that requests get further than "not found". */
export type Known = Readonly<Record<string, Arbitrary<string>>>

export interface Texts {
  /** A value of this schema. */
  right(schema: Schema, name: string): Arbitrary<unknown>
  /** The same as JSON text; now and then one that is nearly right, or hostile. */
  any(schema: Schema, name: string): Arbitrary<string>
}

/** Where the length of a text is counted: UTF-16 units, characters and bytes differ for these. */
const letters = fc.constantFrom(
  'x',
  'é',
  '\u{1F600}',
  'ß',
  'İ',
  '\u202E',
  '\uFEFF',
  "'",
  '%',
  '_',
  '\\',
  '\n',
)

export const strangeTexts = fc.oneof(
  fc.constantFrom(
    '',
    ' ',
    '\0',
    'user_\0',
    '\ud800',
    '\udc00\ud800',
    '\uFFFF',
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    "' OR 1=1 --",
    "'; DROP TABLE users; --",
    '$1',
    '{user_0,user_1}',
    '=1+1',
    '@SUM(A1)',
    '\u001b[31mred\u001b[0m',
    'a\r\nSet-Cookie: x=1',
    'NaN',
    'null',
    'undefined',
    '../../etc/passwd',
    '<script>alert(1)</script>',
    '1e309',
    '9'.repeat(400),
    '%00',
    '.',
    '..',
  ),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc
    .tuple(letters, fc.constantFrom(71, 72, 73, 99, 100, 101, 254, 255, 256, 500, 501, 1000, 1001, 3000))
    .map(([letter, length]) => letter.repeat(length)),
)

/** JSON texts that a schema never asks for; some are no JSON at all. */
const hostileTexts = fc.oneof(
  fc.constantFrom(
    'null',
    'true',
    'false',
    '-0',
    '0',
    '-1',
    '1e999',
    '-1e999',
    '1e-400',
    '2147483647',
    '2147483648',
    '9007199254740993',
    '9223372036854775808',
    '1.5',
    '1.0000000000000000000001',
    '01',
    'NaN',
    'Infinity',
    'undefined',
    "'x'",
    '{}',
    '[]',
    '[null]',
    '{"__proto__":{"role":"admin"}}',
    '{"constructor":{"prototype":{"isAdmin":true}}}',
    '{"toString":1,"valueOf":null}',
    '{"$ne":null}',
    '{"length":5}',
    '"\\u0000"',
    '"\\ud83d"',
    '"\\x41"',
    '"\t"',
    '"',
    '',
  ),
  fc.integer({ min: 1, max: 4000 }).map((depth) => '['.repeat(depth) + ']'.repeat(depth)),
  fc.integer({ min: 1, max: 1500 }).map((depth) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`),
  fc.json({ maxDepth: 3 }),
  strangeTexts.map((text) => JSON.stringify(text)),
  fc.double().map(String),
)

/** Texts that JSON can say and Postgres cannot hold: what reaches it unchecked is a 500, so they come often. */
const unstorable = fc.constantFrom(
  '"\\u0000"',
  '"user_0\\u0000"',
  '"PROMO_1\\u0000"',
  '"\\ud83d"',
  '"x\\udc00"',
)

/** Keys that no body has, some of which mean something to JavaScript. */
export const strangeKeys = fc.oneof(
  fc.constantFrom(
    '__proto__',
    'constructor',
    'prototype',
    'toString',
    'then',
    'role',
    'id',
    'state',
    'remaining_amount',
    '',
  ),
  fc.string({ unit: 'binary', maxLength: 8 }),
)

export function createTexts({ components }: OpenApiDocument, known: Known): Texts {
  const resolve = (schema: Schema): Schema =>
    typeof schema.$ref === 'string' ? resolve(components.schemas[schema.$ref.split('/').at(-1)!]!) : schema

  const right = (given: Schema, name: string): Arbitrary<unknown> => {
    const schema = resolve(given)
    if (schema.const !== undefined) return fc.constant(schema.const)
    if (Array.isArray(schema.enum)) return fc.constantFrom(...(schema.enum as unknown[]))
    if (Array.isArray(schema.oneOf))
      return fc.oneof(...schema.oneOf.map((each) => right(each as Schema, name)))
    const [type, other] = [schema.type].flat()
    const value = ofType(schema, String(type), name)
    return other === 'null' ? fc.option(value, { nil: null }) : value
  }

  const ofType = (schema: Schema, type: string, name: string): Arbitrary<unknown> => {
    if (type === 'boolean') return fc.boolean()
    if (type === 'integer') return integers(schema)
    if (type === 'array') return fc.array(right(schema.items as Schema, name), { maxLength: 5 })
    if (type === 'object') return objects(schema)
    if (schema.format === 'date-time') return instants
    const random = strings(schema)
    return known[name] === undefined ? random : fc.oneof({ arbitrary: known[name], weight: 9 }, random)
  }

  const objects = ({ properties = {}, required = [] }: Schema) => {
    const fields = Object.entries(properties as Record<string, Schema>)
    return fc.record(Object.fromEntries(fields.map(([name, schema]) => [name, right(schema, name)])), {
      requiredKeys: required as string[],
    })
  }

  const any = (schema: Schema, name: string) =>
    fc.oneof(
      { arbitrary: right(schema, name).map((value) => JSON.stringify(value)), weight: 12 },
      { arbitrary: nearly(resolve(schema)), weight: 1 },
      { arbitrary: hostileTexts, weight: 2 },
      { arbitrary: unstorable, weight: 1 },
    )
  return { right, any }
}

function integers({ minimum = 0, maximum = 2_147_483_647 }: Schema) {
  const [min, max] = [Number(minimum), Number(maximum)]
  return fc.oneof(fc.integer({ min, max: Math.min(max, min + 50) }), fc.constantFrom(min, max))
}

function strings({ minLength = 0, maxLength = 40, pattern }: Schema) {
  const size = { minLength: Number(minLength), maxLength: Math.min(40, Number(maxLength)) }
  if (pattern === undefined) return fc.string({ ...size, unit: 'grapheme' })
  return fc.string({ ...size, unit: fc.constantFrom(...'abcXYZ019._@+-') })
}

const instants = fc
  .date({ min: new Date('1990-01-01'), max: new Date('2099-01-01'), noInvalidDate: true })
  .map((date) => date.toISOString())

/** One beyond a bound, and what looks like a right value but is of another type. */
function nearly({ minimum, maximum, minLength, maxLength }: Schema): Arbitrary<string> {
  const numbers = [minimum, maximum].filter((each) => typeof each === 'number')
  const lengths = [minLength, maxLength].filter((each) => typeof each === 'number')
  return fc.constantFrom(
    'null',
    '""',
    '"5"',
    '"true"',
    '"2026-13-01T09:00:00Z"',
    '"2026-02-30T09:00:00Z"',
    '"0000-01-01T00:00:00Z"',
    '"9999-12-31T23:59:59.999Z"',
    '"-271821-04-20T00:00:00Z"',
    '"+275760-09-13T00:00:00Z"',
    ...numbers.flatMap((bound) => [bound - 1, bound + 1, bound + 0.5, -bound].map(String)),
    ...lengths.flatMap((length) =>
      ['x'.repeat(length + 1), '\u{1F600}'.repeat(length)].map((text) => JSON.stringify(text)),
    ),
  )
}
