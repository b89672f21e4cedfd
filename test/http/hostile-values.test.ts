/** Hostile values in every field, parameter and header there is, and what becomes of what is let in. */
import { randomUUID } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { parse } from 'csv-parse/sync'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { writeCursor } from '../../server/http/cursor.ts'
import { openApiDocument } from '../../server/http/openapi/document.ts'
import type { Parameter, Schema } from '../../server/http/openapi/types.ts'
import { storedClaims } from '../support/claims.ts'
import { type Described, operationsOf } from '../support/openapi/contract.ts'
import { exampleRequest } from '../support/openapi/requests.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

const test = suite('http: hostile values')
const operations = operationsOf(openApiDocument('/api'))
let server: TestServer

test.before(async () => {
  server = await startTestServer({ users: 5, coupons: [{ name: 'PROMO', amount: 20 }] })
})

test.after(() => server.close())

const takers = operations.filter(
  ({ operation }) => operation.requestBody?.content['application/json'] !== undefined,
)

function fieldsOf({ operation }: Described): [name: string, schema: Schema][] {
  const schema = operation.requestBody?.content['application/json']?.schema
  return Object.entries((schema?.properties ?? {}) as Record<string, Schema>)
}

/** The operation's example with one field replaced by a text of JSON. */
const sendField = (described: Described, field: string, text: string) => {
  const { method, path, body, headers } = exampleRequest(described)
  const { [field]: _, ...rest } = JSON.parse(body ?? '{}') as Record<string, unknown>
  const whole = `${JSON.stringify(rest).slice(0, -1)}${Object.keys(rest).length > 0 ? ',' : ''}${JSON.stringify(field)}:${text}}`
  return server.send(method, path, whole, headers)
}

const refusedTexts = [
  '"\\u0000"',
  '"a\\u0000b"',
  '"\\ud800"',
  '"\\udc00x"',
  '{}',
  '[]',
  '[["x"]]',
  '{"$ne": ""}',
  '1e999',
  '-1',
]

test('every field of every body: what Postgres cannot hold, or is no text or number, is a 4xx that names the field', async () => {
  let tried = 0
  for (const described of takers) {
    for (const [field] of fieldsOf(described)) {
      for (const text of refusedTexts) {
        const { status, text: told } = await sendField(described, field, text)
        const what = `${described.operation.operationId} ${field}: ${text} was answered ${status} ${told}`
        assert.ok(status >= 400 && status < 500, what)
        // A login or a name that cannot be is refused like one that is not there.
        if (status === 400) assert.ok(told.includes(field), what)
        tried += 1
      }
    }
  }
  assert.ok(tried > 100)
})

const statements = [
  "' OR 1=1 --",
  "'; DELETE FROM user_claims; --",
  "\\'; SELECT pg_sleep(10); --",
  "x' UNION SELECT password FROM users --",
  '$1::text',
  "E'\\\\x27'",
  '"; DROP TABLE coupons; --',
  '%27%20OR%201=1--',
  '%_%',
  '{"a":1}',
]

test('statements in every text, parameter and path change and tell nothing that they ask for', async () => {
  const counts = async () => {
    const { rows } = await server.database.pool.query(
      'SELECT (SELECT count(*) FROM users) AS users, (SELECT count(*) FROM user_claims) AS claims, (SELECT sum(amount) FROM coupons WHERE name = $1) AS amount',
      ['PROMO'],
    )
    return rows[0]
  }
  const before = await counts()
  for (const statement of statements) {
    for (const described of operations.filter(({ operation }) => operation.operationId !== 'registerUser')) {
      const { path, method, headers, body } = exampleRequest(described, encodeURIComponent(statement))
      const query = described.operation.parameters
        .filter((each): each is Parameter => 'in' in each && each.in === 'query')
        .map(({ name }) => `${name}=${encodeURIComponent(statement)}`)
      const sentMs = performance.now()
      const { status, text } = await server.send(method, `${path}?${query.join('&')}`, body, headers)
      assert.ok(status < 500, `${described.operation.operationId} ${statement}: ${text}`)
      assert.ok(performance.now() - sentMs < 5_000, 'nothing slept')
      assert.not.match(text, /not a hash|syntax error|SQLSTATE|pg_/)
    }
    // An account would make the claims of the examples come true.
    for (const described of takers.filter(({ operation }) => operation.operationId !== 'registerUser'))
      for (const [field, { type }] of fieldsOf(described))
        if (type === 'string') await sendField(described, field, JSON.stringify(statement))
  }
  const after = await counts()
  assert.equal([after.claims, after.amount], [before.claims, before.amount])
})

test('a percent sign, an underscore and a backslash in a search are letters', async () => {
  for (const search of ['%', '_', '%25', 'PR_MO', '\\', 'P%']) {
    const { body } = await server.get(`/api/coupons?search=${encodeURIComponent(search)}`)
    const { data } = body.data as { data: { name: string }[] }
    assert.equal(
      data.filter(({ name }) => name === 'PROMO'),
      [],
      search,
    )
  }
})

test('of a key that comes twice the last counts, in every check and in what is stored', async () => {
  const two = await server.post(
    '/api/coupons',
    '{"name": "FIRST", "amount": 1, "name": "SECOND", "amount": 2}',
  )
  assert.is(two.status, 201)
  assert.equal(
    [(two.body.data as { name: string; amount: number }).name, (two.body.data as { amount: number }).amount],
    ['SECOND', 2],
  )
  const bad = await server.post('/api/coupons', '{"name": "THIRD", "amount": 1, "amount": -1}')
  assert.is(bad.status, 400)
  const own = await startTestServer({ auth: 'token', users: 3, coupons: [{ name: 'PROMO', amount: 20 }] })
  try {
    const sly = '{"user_id": "user_1", "coupon_name": "PROMO", "user_id": "user_0"}'
    assert.is((await own.post('/api/coupons/claim', sly, own.as('user_1'))).status, 403)
    assert.is((await own.post('/api/coupons/claim', sly, own.as('user_0'))).status, 200)
    assert.equal((await storedClaims(own.database.pool, 'PROMO')).users, ['user_0'])
  } finally {
    await own.close()
  }
})

const claim = JSON.stringify({ user_id: 'user_4', coupon_name: 'PROMO' })
const bomb = gzipSync(Buffer.alloc(50_000_000, 0x20))
const encodings: Readonly<
  Record<string, [body: Buffer, headers: Record<string, string>, ...statuses: number[]]>
> = {
  'a bomb of 50 MB in 50 kB, said to be gzip': [bomb, { 'content-encoding': 'gzip' }, 415],
  'the same, not said to be': [bomb, {}, 413],
  'a small one, not said to be': [gzipSync(claim), {}, 422],
  'gzip twice': [gzipSync(gzipSync(claim)), { 'content-encoding': 'gzip, gzip' }, 415],
  'an encoding in capitals': [gzipSync(claim), { 'content-encoding': 'GZIP' }, 415],
  'an empty encoding': [gzipSync(claim), { 'content-encoding': '' }, 415, 422],
  'UTF-16 with its mark': [
    Buffer.from(`\ufeff${claim}`, 'utf16le'),
    { 'content-type': 'application/json; charset=utf-16' },
    422,
  ],
  'Latin-1': [
    Buffer.from(claim.replace('user_4', 'us\u00e9r'), 'latin1'),
    { 'content-type': 'application/json; charset=iso-8859-1' },
    422,
  ],
  'overlong UTF-8': [
    Buffer.from([...Buffer.from('{"user_id": "'), 0xc0, 0xaf, ...Buffer.from('"}')]),
    {},
    422,
  ],
  'half a character': [Buffer.from([...Buffer.from('{"user_id": "'), 0xf0, 0x9f]), {}, 422],
  'surrogates as bytes': [
    Buffer.from([...Buffer.from('{"user_id": "'), 0xed, 0xa0, 0x80, ...Buffer.from('"}')]),
    {},
    422,
  ],
}
for (const [what, [body, headers, ...statuses]] of Object.entries(encodings)) {
  test(`a body’s encoding: ${what}`, async () => {
    for (const path of ['/api/coupons/claim', '/api/coupons', '/api/users/register', '/api/auth/login']) {
      const answer = await server.send('POST', path, body, headers)
      assert.ok(statuses.includes(answer.status), `${path}: ${answer.status} ${answer.text}`)
    }
  })
}

test('headers that ask for another method, path or user are not listened to', async () => {
  const headers = {
    'x-http-method-override': 'DELETE',
    'x-http-method': 'DELETE',
    'x-method-override': 'DELETE',
    'x-original-url': '/api/coupons/PROMO',
    'x-rewrite-url': '/api/coupons/PROMO',
    'x-forwarded-user': 'admin',
    'x-user': 'admin',
  }
  assert.is((await server.get('/api/coupons/PROMO?_method=DELETE', headers)).status, 200)
  assert.is(
    (await server.post('/api/coupons/PROMO?_method=DELETE', '{"_method": "DELETE"}', headers)).status,
    405,
  )
  assert.is((await server.get('/api/coupons/PROMO')).status, 200, 'it is still there')
})

test('an id in the answer’s header is one line, and a header cannot be made of it', async () => {
  for (const id of [
    'a%0d%0aSet-Cookie:x=1',
    'a\u0085Set-Cookie:x',
    '\u00e5\u0161'.slice(0, 1),
    '"><script>',
  ]) {
    const { headers } = await server.get('/livez', { 'correlation-id': id })
    assert.is(headers['set-cookie'], undefined)
    assert.match(String(headers['correlation-id']), /^[\x20-\x7e]{1,128}$/)
  }
  const answer = await server.post('/api/coupons', { name: 'a\r\nSet-Cookie: x=1', amount: 1 })
  assert.is(answer.headers['set-cookie'], undefined)
  const name = encodeURIComponent('PROMO"\r\nX: y')
  const csv = await server.get(`/api/coupons/${name}/claims`, { accept: 'text/csv' })
  assert.is(csv.status, 404)
})

const formulas = [
  '=1+1',
  '+1+1',
  '-1+1',
  '@SUM(A1)',
  '\t=1+1',
  '\r=1+1',
  '=cmd|"/c calc"!A1',
  '\n=1+1',
  '\uff1d1+1',
  '\uff0b1+1',
  '\uff0d1+1',
  '\uff20SUM(A1)',
  '=1+1,"x"',
]
/** What a spreadsheet may take for the beginning of a formula, as OWASP lists it. */
const begins = '=+-@\t\r\n\uff1d\uff0b\uff0d\uff20'

test('an export holds no cell that a spreadsheet would run', async () => {
  const { pool } = server.database
  for (const name of formulas) {
    await pool.query(`INSERT INTO users (username, password, full_name) VALUES ($1, 'x', 'x')`, [name])
    const answer = await server.post('/api/coupons/claim', { user_id: name, coupon_name: 'PROMO' })
    assert.is(answer.status, 200, answer.text)
  }
  const { text } = await server.get('/api/coupons/PROMO/claims', { accept: 'text/csv' })
  const rows = parse(text, { relax_column_count: false }) as string[][]
  assert.equal(
    rows.flat().filter((cell) => cell !== '' && begins.includes(cell.charAt(0))),
    [],
  )
  const names = rows.slice(1).map(([, name = '']) => name)
  assert.equal(
    names,
    formulas.map((name) => `'${name}`),
    'each is told, behind a quotation mark',
  )
})

test('an export holds no line end outside of quotes that a spreadsheet would take for a new row', async () => {
  const { pool } = server.database
  const name = 'a\r=1+1'
  await pool.query(`INSERT INTO users (username, password, full_name) VALUES ($1, 'x', 'x')`, [name])
  assert.is((await server.post('/api/coupons/claim', { user_id: name, coupon_name: 'PROMO' })).status, 200)
  const { text } = await server.get('/api/coupons/PROMO/claims', { accept: 'text/csv' })
  assert.ok(text.includes(`,"${name}",`), text)
})

test('page numbers beyond any page, cursors of nobody: an empty page or a 400, at once', async () => {
  for (const query of [
    'page=2147483647&per_page=2147483647',
    'page=999999&per_page=1000',
    'page=1&per_page=1000',
  ]) {
    const sentMs = performance.now()
    assert.is((await server.get(`/api/coupons?${query}`)).status, 200, query)
    assert.ok(performance.now() - sentMs < 2_000, query)
  }
  for (const query of [
    'page=2147483648',
    'page=9223372036854775808',
    'page=1e9',
    'page=-1',
    'page=0',
    'page=1.5',
    'page=%D9%A3',
    'page=%201',
  ])
    assert.is((await server.get(`/api/coupons?${query}`)).status, 400, query)
  const forged = ['x', '0', '-1', "1' OR '1'='1", '1.AAAAAAAAAAAA', '99999999999999999999.x'].map((text) =>
    Buffer.from(text).toString('base64url'),
  )
  for (const cursor of [...forged, 'ä', '%00', randomUUID()])
    for (const path of ['/api/coupons/PROMO/claims', '/api/users/me/claims'])
      assert.is(
        (await server.get(`${path}?cursor=${encodeURIComponent(cursor)}`, server.as('user_0'))).status,
        400,
        cursor,
      )
})

test('a cursor whose digest is right, made by somebody who has read how: an id that no claim can have is a 400', async () => {
  const lists = [
    ['/api/coupons/PROMO/claims', 'PROMO\n'],
    ['/api/users/me/claims', '\nuser_0'],
  ] as const
  for (const [path, list] of lists) {
    const ask = (id: string) => server.get(`${path}?cursor=${writeCursor(list, id)}`, server.as('user_0'))
    assert.is((await ask('999999999999999999')).status, 200)
    for (const id of ['9223372036854775808', '9999999999999999999', '0', '01', '-1', '1e3', '\u0663', ''])
      assert.is((await ask(id)).status, 400, `${path} ${id}`)
  }
})

test('a path goes nowhere but where it says: no file, no folder above, no other spelling of a route', async () => {
  for (const path of [
    '/docs/..%2fpackage.json',
    '/docs/%2e%2e%2fpackage.json',
    '/docs/..%5cpackage.json',
    '/docs/%252e%252e%252fpackage.json',
    '/docs/package.json',
    '/docs/absolute-path.js',
    '/docs//etc/passwd',
    '/problems/..%2f..%2fdocs',
    '/problems/__proto__',
    '/problems/constructor',
    '/API/coupons',
    '/api/coupons/',
    '/api//coupons',
    '/api/./coupons',
    '/api/%63oupons/',
  ])
    assert.is((await server.get(path)).status, 404, path)
})

test.run()
