/** Requests for one operation of the document, or for what lies beside it. */
import { gzipSync } from 'node:zlib'
import fc, { type Arbitrary } from 'fast-check'
import { writeCursor } from '../../server/http/cursor.ts'
import type { OpenApiDocument, Parameter, Schema } from '../../server/http/openapi/types.ts'
import { type Described, operationsOf } from '../support/openapi/contract.ts'
import { createTexts, type Known, strangeKeys, strangeTexts, type Texts } from './json-texts.ts'

export interface FuzzRequest {
  readonly operationId: string
  /** Which server it goes to. */
  readonly mode: 'open' | 'token'
  readonly caller: Caller
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array | undefined
}

export type Caller = 'nobody' | 'user' | 'admin' | 'forged' | 'unsigned'

export const couponNames = Array.from({ length: 12 }, (_, n) => `PROMO_${n}`)
export const usersMax = 20
const usernames = Array.from({ length: usersMax }, (_, n) => `user_${n}`)
const ids = fc.integer({ min: 1, max: 400 }).map(String)

const coupon = fc.oneof(fc.constantFrom(...couponNames), fc.constantFrom(' promo_1 ', 'Promo 2'))
const user = fc.constantFrom(...usernames)

const known: Known = {
  coupon_name: coupon,
  name: coupon,
  user_id: user,
  user,
  username: user,
  usernames: user,
  claim_id: ids,
  password: fc.constantFrom('user123', 'wrong', 'long enough'),
  file: fc.constantFrom('swagger-ui.css', 'initializer.js', 'index.html', 'package.json'),
  problem: fc.constantFrom('sold_out', 'internal_error', 'nothing'),
  cursor: fc
    .tuple(fc.constantFrom(...couponNames.map((name) => `${name}\n`), '\nuser_1'), ids)
    .map(([list, id]) => writeCursor(list, id)),
}

/** One of every operation as often as any other; those that cost 60 ms of hashing, or megabytes, seldom. */
const weights: Readonly<Record<string, number>> = {
  registerUser: 2,
  login: 2,
  getDocsFile: 2,
  getOpenApi: 1,
  claimCoupon: 30,
}

export function requestsOf(document: OpenApiDocument): Arbitrary<FuzzRequest> {
  const texts = createTexts(document, known)
  return fc.oneof(
    ...operationsOf(document).map((described) => ({
      arbitrary: requestFor(described, texts),
      weight: weights[described.operation.operationId] ?? 10,
    })),
    { arbitrary: strays, weight: 15 },
  )
}

const others = [
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'TRACE',
  'PROPFIND',
  'SEARCH',
  'GRAB',
]

const who = {
  mode: fc.constantFrom('open' as const, 'token' as const),
  caller: fc.oneof(
    { arbitrary: fc.constantFrom('user' as const, 'admin' as const), weight: 6 },
    fc.constantFrom('nobody' as const, 'forged' as const, 'unsigned' as const),
  ),
}

function requestFor({ method, template, operation }: Described, texts: Texts): Arbitrary<FuzzRequest> {
  const parameters = operation.parameters.filter((each): each is Parameter => 'in' in each)
  const parts = parameters.filter((each) => each.in === 'path')
  const media = Object.entries(operation.requestBody?.content ?? {})[0]
  return fc.record({
    operationId: fc.constant(operation.operationId),
    ...who,
    method: fc.oneof({ arbitrary: fc.constant(method), weight: 14 }, fc.constantFrom(...others)),
    path: fc
      .tuple(fc.tuple(...parts.map((each) => segments(each, texts))), queries(parameters, texts))
      .map(
        ([values, query]) =>
          parts.reduce((path, { name }, n) => path.replace(`{${name}}`, () => values[n]!), template) + query,
      ),
    headers: headersOf(media?.[0]),
    body:
      media === undefined
        ? fc.option(jsonBodies({}, texts), { nil: undefined, freq: 10 })
        : bodies(media, texts),
  })
}

/** What follows a slash, as it is sent; undici sends nothing below 0x21 or beyond 0xFF. */
const strangeSegments = fc.oneof(
  fc.constantFrom(
    '%00',
    '%zz',
    '%',
    '%E0%A4%A',
    '%C0%AF',
    '%ED%A0%80',
    '..%2f..%2fetc%2fpasswd',
    '%2e%2e',
    '..',
    '.',
    '%2F',
    '%5C',
    ';',
    '*',
    '',
    '%25',
    '%0d%0aSet-Cookie:x',
    '\u00ff\u00fe',
    'claim',
    '[::]',
    '{x}',
    '|',
  ),
  fc.integer({ min: 1, max: 9000 }).map((length) => 'x'.repeat(length)),
  strangeTexts.map(encoded),
)

/** As in json-texts.ts, in a path or a query. */
const unstorable = fc.constantFrom('%00', 'user_0%00', 'PROMO_1%00x')

function segments({ name, schema }: Parameter, texts: Texts): Arbitrary<string> {
  const right = texts.right(schema, name).map((value) => encoded(String(value)))
  return fc.oneof({ arbitrary: right, weight: 6 }, strangeSegments, unstorable)
}

/** Half a pair cannot be encoded; its bytes can. */
function encoded(text: string): string {
  return text.isWellFormed() ? encodeURIComponent(text) : '%ED%A0%80'
}

function queries(parameters: readonly Parameter[], texts: Texts): Arbitrary<string> {
  const named = parameters.filter((each) => each.in === 'query')
  const pairs = named.map(({ name, schema }) => {
    const value = fc.oneof(
      { arbitrary: texts.right(schema, name).map((each) => encoded(String(each))), weight: 5 },
      strangeSegments,
      unstorable,
      fc.constantFrom('-1', '0', '99999999999999999999', '1e3', '2147483648', '0x10', '1;2'),
    )
    return value.map((each) => `${name}=${each}`)
  })
  const strays = fc.constantFrom(
    '__proto__=1',
    'constructor[prototype]=1',
    '&&==',
    'page[]=1',
    'page=1&page=2',
    '%zz=%zz',
    '?',
    'user_id=root',
  )
  const one = fc.oneof(...pairs.map((arbitrary) => ({ arbitrary, weight: 4 })), strays)
  return fc
    .oneof({ arbitrary: fc.array(one, { maxLength: 4 }), weight: 3 }, fc.constant<string[]>([]))
    .map((all) => (all.length === 0 ? '' : `?${all.join('&')}`))
}

const accepted = [
  'application/json',
  'application/problem+json',
  'text/csv',
  '*/*',
  'text/html',
  'text/plain',
  'image/png;q=0',
  ';;;,',
  'application/problem+json;q=0.1, text/csv',
]
const contentTypes = [
  'application/json',
  'text/csv',
  'text/plain',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'application/json; charset=utf-16',
  'text/csv; charset=latin1',
  ';',
  'x',
]
/** What a header may hold at all. */
const headerTexts = fc
  .string({
    unit: fc.oneof(
      fc.constantFrom(...'azAZ09 "\\,;=()\t'),
      fc.integer({ min: 0x80, max: 0xff }).map((code) => String.fromCharCode(code)),
    ),
    maxLength: 300,
  })
  .map((text) => text.trim())

function headersOf(type: string | undefined): Arbitrary<Record<string, string>> {
  const optional = (arbitrary: Arbitrary<string>, freq: number) =>
    fc.option(arbitrary, { nil: undefined, freq })
  return fc
    .record({
      'content-type': fc.oneof({ arbitrary: fc.constant(type), weight: 9 }, fc.constantFrom(...contentTypes)),
      accept: optional(fc.constantFrom(...accepted), 3),
      'content-encoding': optional(fc.constantFrom('gzip', 'br', 'identity', 'gzip, gzip', 'nonsense'), 1),
      'correlation-id': optional(fc.oneof(headerTexts, fc.constantFrom('a', 'x'.repeat(129), 'a\tb')), 1),
      'idempotency-key': optional(
        fc.oneof(
          headerTexts,
          fc.integer({ max: 50, min: 0 }).map((n) => `key-${n}`),
        ),
        2,
      ),
      'x-http-method-override': optional(fc.constantFrom('DELETE', 'PATCH'), 1),
      'x-forwarded-for': optional(fc.constantFrom('1.2.3.4', '::1%eth0', 'x'.repeat(3000), ','), 1),
      'x-original-url': optional(fc.constantFrom('/api/coupons', '/%zz'), 1),
      'if-none-match': optional(fc.constantFrom('*', '"x"', 'W/"x"'), 1),
      range: optional(fc.constantFrom('bytes=0-0', 'bytes=-1', 'lines=1'), 1),
      origin: optional(fc.constantFrom('null', 'https://evil.example'), 1),
      cookie: optional(headerTexts, 1),
    })
    .map((all) =>
      Object.fromEntries(
        Object.entries(all).filter((pair): pair is [string, string] => pair[1] !== undefined),
      ),
    )
}

function bodies(
  [type, { schema }]: [string, { readonly schema: Schema }],
  texts: Texts,
): Arbitrary<FuzzRequest['body']> {
  const right = type === 'application/json' ? jsonBodies(schema, texts) : lists
  return fc.oneof(
    { arbitrary: right, weight: 16 },
    fc.constantFrom(
      undefined,
      '',
      ' ',
      '[]',
      'null',
      '7',
      '"x"',
      '{',
      '{"a":1}{"a":1}',
      '\uFEFF{}',
      '['.repeat(10_000),
      ' '.repeat(10_300),
    ),
    fc.uint8Array({ maxLength: 60 }),
    right.map((text) => Buffer.from(text, 'utf16le')),
    right.map((text) => gzipSync(text)),
    // A bomb: 1 MB of white space in 1 kB.
    fc.constant(gzipSync(' '.repeat(1_000_000))),
    fc.tuple(right, fc.uint8Array({ minLength: 1, maxLength: 3 }), fc.nat(200)).map(([text, bytes, at]) => {
      const whole = Buffer.from(text)
      return Buffer.concat([whole.subarray(0, at), bytes, whole.subarray(at)])
    }),
    fc.tuple(right, fc.nat(200)).map(([text, length]) => text.slice(0, length)),
  )
}

/** An object of the schema's fields as text, some of them wrong, missing, twice, or not its own. */
function jsonBodies(schema: Schema, texts: Texts): Arbitrary<string> {
  const { properties = {}, required = [] } = schema as {
    properties?: Record<string, Schema>
    required?: string[]
  }
  const fields = Object.entries(properties).map(([name, each]) => {
    const pair = texts.any(each, name).map((text) => `${JSON.stringify(name)}:${text}`)
    return required.includes(name)
      ? fc.option(pair, { nil: undefined, freq: 30 })
      : fc.option(pair, { nil: undefined, freq: 1 })
  })
  const extra = fc
    .tuple(strangeKeys, fc.constantFrom('1', '"admin"', 'null', '{"role":"admin"}'))
    .map(([key, text]) => `${JSON.stringify(key)}:${text}`)
  const twice = fields.length === 0 ? extra : fc.oneof(...fields)
  return fc
    .tuple(fc.tuple(...fields), fc.option(fc.oneof(extra, twice), { nil: undefined, freq: 1 }))
    .map(([own, more]) => `{${[...own, more].filter((each) => each !== undefined).join(',')}}`)
}

/** CSVs of usernames. */
const lists = fc
  .array(
    fc.oneof(
      { arbitrary: user, weight: 4 },
      fc.constantFrom('', 'username', 'a,b', '"', '"a"b', '=1+1', '\0', 'x'.repeat(101), '"a\nb"'),
    ),
    { maxLength: 8 },
  )
  .map((lines) => lines.join('\n'))

/** Paths that no operation has, or has otherwise. */
const strays: Arbitrary<FuzzRequest> = fc.record({
  operationId: fc.constant('stray'),
  ...who,
  method: fc.constantFrom(...others),
  path: fc
    .oneof(
      fc.constantFrom(
        '/',
        '//',
        '//api/coupons',
        '/api',
        '/api/',
        '/api//coupons',
        '/API/coupons',
        '/api/coupons/',
        '/docs/../openapi.json',
        '/docs/%2e%2e/package.json',
        '/docs/..%2f..%2fpackage.json',
        '/.env',
        '/__proto__',
        '/api/users/root',
        '/api/users',
        '/admin',
        '/metrics/',
        'http://x:99999999/api/coupons',
        'http://[::/api/coupons',
        'ftp://x',
        'http://',
        '*',
        '/%zz',
        '/api/%zz',
      ),
      fc.array(strangeSegments, { maxLength: 4 }).map((parts) => `/${parts.join('/')}`),
    )
    .map((path) => (/^(\/|http)/.test(path) ? path : `/${path}`)),
  headers: headersOf(undefined),
  body: fc.option(fc.constantFrom('{}', 'x'), { nil: undefined, freq: 1 }),
})
