/** What a browser is told to keep away from, on every answer; and whose pages may call. */
import { request } from 'undici'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { originsOf } from '../../server/config/origins.ts'
import { openApiDocument } from '../../server/http/openapi/document.ts'
import { operationsOf } from '../support/openapi/contract.ts'
import { exampleRequest } from '../support/openapi/requests.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

const test = suite('http: headers')
const shop = 'https://shop.example'
let server: TestServer
let shared: TestServer

test.before(async () => {
  const options = { users: 3, coupons: [{ name: 'PROMO', amount: 3 }] }
  server = await startTestServer(options)
  shared = await startTestServer({ ...options, corsOrigins: [shop, 'http://localhost:5173'] })
})

test.after(async () => {
  await server.close()
  await shared.close()
})

const others = [
  { method: 'GET', path: '/nowhere', body: undefined, headers: {} },
  { method: 'GET', path: '/api/coupons/%zz', body: undefined, headers: {} },
  { method: 'PUT', path: '/livez', body: undefined, headers: {} },
  { method: 'GET', path: '/docs/swagger-ui.css', body: undefined, headers: {} },
]
const requests = [...operationsOf(openApiDocument('/api')).map((each) => exampleRequest(each)), ...others]

test('no answer is sniffed, framed, run or kept, whatever was asked; none says what serves it, or sets a cookie', async () => {
  assert.ok(requests.length > 25)
  for (const { method, path, body, headers: sent } of requests) {
    const { headers } = await server.send(method, path, body, sent)
    const what = `${method} ${path}`
    assert.is(headers['x-content-type-options'], 'nosniff', what)
    assert.match(
      String(headers['content-security-policy']),
      /^default-src 'none';.*frame-ancestors 'none'/,
      what,
    )
    assert.is(headers['cross-origin-resource-policy'], 'same-origin', what)
    assert.is(headers['referrer-policy'], 'no-referrer', what)
    if (!path.startsWith('/docs/')) assert.is(headers['cache-control'], 'no-store', what)
    for (const name of ['x-powered-by', 'server', 'set-cookie', 'etag'])
      if (!path.startsWith('/docs/')) assert.is(headers[name], undefined, `${what}: ${name}`)
  }
})

const corsOf = (headers: object) =>
  Object.entries(headers).filter(([name]) => name.startsWith('access-control-'))

test('by default no other origin may call: no answer has a header of CORS, a preflight least of all', async () => {
  for (const origin of [shop, 'null', server.url, 'https://evil.example']) {
    for (const { method, path, body, headers } of requests) {
      const answer = await server.send(method, path, body, { ...headers, origin })
      assert.equal(corsOf(answer.headers), [], `${method} ${path}`)
      assert.is(answer.headers.vary?.includes('Origin') ?? false, false)
    }
    const preflight = { origin, 'access-control-request-method': 'POST' }
    const answer = await server.send('OPTIONS', '/api/coupons/claim', undefined, preflight)
    assert.equal([answer.status, corsOf(answer.headers)], [405, []])
  }
})

const asked = { 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization' }
async function preflight(path: string, origin: string) {
  const { statusCode, headers, body } = await request(`${shared.url}${path}`, {
    method: 'OPTIONS',
    headers: { origin, ...asked },
  })
  return { status: statusCode, headers, text: await body.text() }
}

test('an origin that is named: its preflight is answered on every path, and answers may be read', async () => {
  for (const path of ['/api/coupons/claim', '/api/coupons', '/api/claims/1']) {
    const { status, headers, text } = await preflight(path, shop)
    assert.equal([status, text], [204, ''])
    assert.is(headers['access-control-allow-origin'], shop)
    assert.match(
      String(headers['access-control-allow-headers']),
      /Authorization.*Idempotency-Key.*traceparent, tracestate/,
    )
    assert.match(String(headers['access-control-allow-methods']), /POST.*DELETE/)
    assert.is(headers['access-control-allow-credentials'], undefined)
    assert.is(headers.vary, 'Origin')
  }
  const claim = { user_id: 'user_0', coupon_name: 'PROMO' }
  const answer = await shared.post('/api/coupons/claim', claim, { origin: shop })
  assert.is(answer.headers['access-control-allow-origin'], shop)
  assert.match(String(answer.headers['access-control-expose-headers']), /Correlation-ID.*traceresponse/)
  const csv = await shared.get('/api/coupons/PROMO/claims', { origin: shop, accept: 'text/csv' })
  assert.is(csv.headers.vary, 'Origin, Accept')
})

test('any other origin is as without: its preflight is 405, and its page may read nothing', async () => {
  for (const origin of [
    'https://evil.example',
    `${shop}.evil.example`,
    'https://SHOP.example',
    `${shop}:444`,
    'null',
    '*',
    '',
  ]) {
    const { status, headers } = await preflight('/api/coupons/claim', origin)
    assert.equal([status, corsOf(headers)], [405, []], origin)
    assert.is(headers.vary, 'Origin', 'a cache must not give it to another')
    assert.equal(corsOf((await shared.get('/api/coupons', { origin })).headers), [], origin)
  }
})

test('OPTIONS that is no preflight is told 405, whoever asks', async () => {
  assert.is((await shared.send('OPTIONS', '/api/coupons', undefined, { origin: shop })).status, 405)
})

test('the setting: origins as a text or a list; nothing else is one', () => {
  assert.equal(originsOf(''), [])
  assert.equal(originsOf(`${shop}, http://localhost:5173`), [shop, 'http://localhost:5173'])
  assert.equal(originsOf([shop]), [shop])
  for (const wrong of [
    '*',
    'shop.example',
    `${shop}/`,
    `${shop}/path`,
    'https://Shop.example',
    'null',
    'file:///x',
    [7],
    7,
    {},
    null,
  ])
    assert.is(originsOf(wrong), null, JSON.stringify(wrong))
})

test.run()
