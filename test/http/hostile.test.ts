/** Whatever comes in gets a 4xx of our own making, never a 5xx, and the server goes on. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { text as readText } from 'node:stream/consumers'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { storedClaims } from '../support/claims.ts'
import { type Random, withRandom } from '../support/random.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { until } from '../support/until.ts'

const test = suite('http: hostile input')
let server: TestServer

test.before(async () => {
  server = await startTestServer({ users: 3, coupons: [{ name: 'PROMO', amount: 3 }] })
})

test.after(async () => {
  assert.is((await server.get('/healthcheck')).status, 200, 'the server goes on')
  assert.is((await storedClaims(server.database.pool, 'PROMO')).users.length, 0, 'and nothing was claimed')
  await server.close()
})

const good = '{"user_id": "user_0", "coupon_name": "PROMO"}'

/** Bodies, each with the statuses it may get. */
const bodies: Readonly<Record<string, [body: string | Buffer, ...statuses: number[]]>> = {
  empty: ['', 400, 422],
  'not JSON': ['user_id=user_0', 422],
  'cut off': [good.slice(0, -1), 422],
  'two documents': [good + good, 422],
  'an array': [`[${good}]`, 400, 422],
  null: ['null', 400, 422],
  'a number': ['7', 400, 422],
  'a string': ['"PROMO"', 400, 422],
  true: ['true', 400, 422],
  'over 10 kB of a value': [`{"user_id": "${'x'.repeat(11_000)}", "coupon_name": "PROMO"}`, 413],
  'over 10 kB of white space': [' '.repeat(11_000) + good, 413],
  'over 10 kB of unknown keys': [`{"x": "${'x'.repeat(11_000)}", ${good.slice(1)}`, 413],
  '1 MB': [Buffer.alloc(1_000_000, 0x20), 413],
  'deep arrays': ['['.repeat(10_000), 413, 422],
  'deep arrays, closed': [
    `{"user_id": ${'['.repeat(4000)}${']'.repeat(4000)}, "coupon_name": "PROMO"}`,
    400,
    422,
  ],
  'deep objects as the user': [
    `{"user_id": ${'{"a":'.repeat(1500)}1${'}'.repeat(1500)}, "coupon_name": "P"}`,
    400,
  ],
  'NUL in the user': ['{"user_id": "user_\\u0000", "coupon_name": "PROMO"}', 400],
  'NUL in the coupon': ['{"user_id": "user_0", "coupon_name": "PRO\\u0000MO"}', 400],
  'a raw NUL': ['{"user_id": "user_\0", "coupon_name": "PROMO"}', 422],
  'a lone high surrogate': ['{"user_id": "\\ud800", "coupon_name": "PROMO"}', 400],
  'a lone low surrogate': ['{"user_id": "user_0", "coupon_name": "\\udc00PROMO"}', 400],
  'surrogates the wrong way round': ['{"user_id": "\\udc00\\ud800", "coupon_name": "PROMO"}', 400],
  'invalid UTF-8': [
    Buffer.from([...Buffer.from('{"user_id": "'), 0xff, 0xfe, ...Buffer.from('", "coupon_name": "P"}')]),
    400,
    422,
  ],
  'UTF-16': [Buffer.from(good, 'utf16le'), 400, 422],
  '__proto__ in place of the fields': [`{"__proto__": ${good}}`, 400],
  'constructor and prototype': [`{"constructor": {"prototype": ${good}}}`, 400],
  'fields of wrong types': ['{"user_id": {"$ne": null}, "coupon_name": ["PROMO"]}', 400],
  'a number out of range': ['{"user_id": 1e999, "coupon_name": "PROMO"}', 400],
  'an unknown user with SQL in it': [`{"user_id": "' OR 1=1 --", "coupon_name": "PROMO"}`, 404],
  'an unknown user of array syntax': ['{"user_id": "user_0,user_1}", "coupon_name": "PROMO"}', 404],
  'a coupon that grows in upper case': [
    `{"user_id": "user_0", "coupon_name": "${'ß'.repeat(255)}"}`,
    400,
    404,
  ],
}
for (const [what, [body, ...statuses]] of Object.entries(bodies)) {
  test(`a claim’s body: ${what}`, async () => {
    const answer = await server.post('/api/coupons/claim', body)
    assert.ok(statuses.includes(answer.status), `${answer.status} ${answer.text}`)
    if (answer.status !== 404) assert.is(answer.body.kind, 'validation_error')
    assert.is(answer.body.reference_id, answer.headers['correlation-id'])
    assert.not.match(answer.text, /at .*\.(ts|js):\d|node_modules|postgres|syntax error at/i)
  })
  test(`a coupon’s body: ${what}`, async () => {
    const { status, text } = await server.post('/api/coupons', body)
    assert.ok(status >= 400 && status < 500, `${status} ${text}`)
  })
}

test('a body of exactly 10 kB is read, one byte more is not', async () => {
  const padded = (size: number) => good + ' '.repeat(size - good.length)
  const unknown = padded(10_240).replace('user_0', 'nobody')
  assert.is((await server.post('/api/coupons/claim', unknown)).status, 404)
  assert.is((await server.post('/api/coupons/claim', padded(10_241))).status, 413)
})

for (const encoding of ['gzip', 'br', 'nonsense']) {
  test(`Content-Encoding: ${encoding} gets a 4xx`, async () => {
    const { status, body } = await server.post('/api/coupons/claim', good, { 'content-encoding': encoding })
    assert.ok([400, 415, 422].includes(status), String(status))
    assert.is(body.kind, 'validation_error')
  })
}

test('the body counts, not its Content-Type', async () => {
  for (const type of [
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/json; charset=utf-99',
    '*/*',
  ]) {
    const unknown = good.replace('user_0', 'nobody')
    const { status } = await server.post('/api/coupons/claim', unknown, { 'content-type': type })
    assert.ok([404, 415].includes(status), `${type}: ${status}`)
  }
})

const paths = [
  '/api/coupons/%zz',
  '/api/coupons/%',
  '/api/coupons/%E0%A4%A',
  '/api/coupons/%C0%AF',
  '/api/coupons/%ED%A0%80',
  '/api/coupons/%00',
  '/api/coupons/PRO%00MO',
  `/api/coupons/${'x'.repeat(8000)}`,
  '/api/coupons/..%2f..%2fetc%2fpasswd',
  '/api/coupons/__proto__',
  '/api/coupons/%F0%9F%98%80',
  '/%zz',
  '//',
  '//api/coupons',
  '/api/coupons/;',
]
for (const path of paths) {
  test(`GET ${path.length > 60 ? `${path.slice(0, 40)}… (${path.length} characters)` : path}`, async () => {
    const { status, text } = await server.get(path)
    assert.ok([400, 404].includes(status), `${status} ${text}`)
    JSON.parse(text)
  })
}

const queries = [
  'search=%00',
  'search=%zz',
  'search=%ED%A0%80',
  `search=${'x'.repeat(5000)}`,
  'search=%5C',
  'search[]=x',
  'search=a&search=b',
  'page=1&page=2',
  'page[a]=1',
  'page=2147483647',
  'page=2147483647&per_page=2147483647',
  'per_page=2147483647',
  'page=',
  '__proto__=1',
  '&&&===',
]
for (const query of queries) {
  test(`GET /api/coupons?${query.length > 60 ? `${query.slice(0, 40)}…` : query}`, async () => {
    const { status, text } = await server.get(`/api/coupons?${query}`)
    assert.ok(status === 200 || status === 400, `${status} ${text}`)
  })
}

test('a Correlation-ID that is no plain short text is not repeated', async () => {
  for (const id of ['x'.repeat(5000), 'a\tb', '']) {
    const { status, headers } = await server.get('/healthcheck', { 'Correlation-ID': id })
    assert.is(status, 200)
    assert.ok(String(headers['correlation-id']).length <= 200)
  }
})

/** Sends bytes as they are; resolves to all that comes back until the server closes. */
async function sendRaw(bytes: string): Promise<string> {
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1')
  await once(socket, 'connect')
  socket.write(bytes)
  return readText(socket)
}

const rawRequests: Readonly<Record<string, string>> = {
  'no HTTP at all': 'hello\r\n\r\n',
  'an unknown method': 'GRAB /api/coupons HTTP/1.1\r\nHost: x\r\n\r\n',
  'headers of 100 kB': `GET /healthcheck HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(100_000)}\r\n\r\n`,
  'two lengths':
    'POST /api/coupons/claim HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}',
  'a length and chunks':
    'POST /api/coupons/claim HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  'a negative length': 'POST /api/coupons/claim HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n',
  'a length that is no number': 'POST /api/coupons/claim HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n',
  'a chunk of no size':
    'POST /api/coupons/claim HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
  'a path of control characters': 'GET /\x01\x02 HTTP/1.1\r\nHost: x\r\n\r\n',
}
for (const [what, bytes] of Object.entries(rawRequests)) {
  test(`on the socket: ${what}`, async () => {
    const answer = await sendRaw(bytes).catch((error: NodeJS.ErrnoException) => String(error.code))
    assert.match(answer, /^(HTTP\/1\.1 4\d\d |ECONNRESET|EPIPE|$)/)
  })
}

test('on the socket: a chunked body over 10 kB is refused while it comes in', async () => {
  const chunk = `400\r\n${' '.repeat(1024)}\r\n`
  const head =
    'POST /api/coupons/claim HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n'
  const answer = await sendRaw(`${head}${chunk.repeat(40)}0\r\n\r\n`)
  assert.match(answer, /^HTTP\/1\.1 413 /)
  assert.is(answer.match(/HTTP\/1\.1/g)?.length, 1, 'the rest of the body is not read as a request')
})

test('on the socket: an absolute URL as the target', async () => {
  const answer = await sendRaw(
    `GET ${server.url}/healthcheck HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
  )
  assert.match(answer, /^HTTP\/1\.1 (200|4\d\d) /)
})

test('random bodies and paths never get a 5xx', () =>
  withRandom(async (random) => {
    for (let turn = 0; turn < 300; turn += 1) {
      const body = mangle(good, random)
      const { status, text } = await server.post('/api/coupons/claim', body.replaceAll('user_', 'nobody_'))
      assert.ok(status >= 400 && status < 500, `${status} ${text} for ${body}`)
    }
  }))

/** The text with some of its characters replaced, doubled or cut. */
function mangle(text: string, random: Random): string {
  const pieces = [
    '\\u0000',
    '\\ud83d',
    '"',
    '{',
    ']',
    ',',
    'null',
    '1e9',
    '\u{1F600}',
    '\\',
    '',
    '\u0000',
    '__proto__',
  ]
  let result = text
  for (let change = random.next(4) + 1; change > 0; change -= 1) {
    const at = random.next(result.length + 1)
    result = result.slice(0, at) + pieces[random.next(pieces.length)] + result.slice(at + random.next(4))
  }
  return result
}

test('a client that goes before its answer: the claim is kept or dropped as a whole', async () => {
  const own = await startTestServer({ users: 40, coupons: [{ name: 'PROMO', amount: 40 }] })
  try {
    const body = (n: number) => JSON.stringify({ user_id: `user_${n}`, coupon_name: 'PROMO' })
    for (let n = 0; n < 40; n += 1) {
      const socket = connect(Number(new URL(own.url).port), '127.0.0.1')
      await once(socket, 'connect')
      const text = body(n)
      socket.write(
        `POST /api/coupons/claim HTTP/1.1\r\nHost: x\r\nContent-Length: ${text.length}\r\n\r\n${text}`,
        () => socket.destroy(),
      )
    }
    await until('the last claims are decided', async () => (await own.get('/healthcheck')).status === 200)
    const { users, remaining } = await storedClaims(own.database.pool, 'PROMO')
    assert.is(remaining, 40 - users.length)
  } finally {
    await own.close()
  }
})

test('a database out of reach: 503 with Retry-After, not ready but alive; then it goes on', async () => {
  const own = await startTestServer({
    users: 2,
    coupons: [{ name: 'PROMO', amount: 2 }],
    timeoutMs: 600,
    hasProxy: true,
  })
  const proxy = own.proxy!
  try {
    const claim = (user_id: string) => own.post('/api/coupons/claim', { user_id, coupon_name: 'PROMO' })
    proxy.freeze()
    for (const request of [() => claim('user_0'), () => own.get('/api/coupons'), () => own.get('/readyz')]) {
      const { status, headers, text } = await request()
      assert.is(status, 503, text)
      assert.match(String(headers['retry-after']), /^\d+$/)
    }
    assert.is((await own.get('/livez')).status, 200)
    proxy.thaw()
    await until('it is ready again', async () => (await own.get('/readyz')).status === 200)
    assert.is((await claim('user_1')).status, 200)
  } finally {
    await own.close()
  }
})

test.run()
