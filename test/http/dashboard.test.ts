/** The page's files: what is sent with them, what is not sent again, and that nothing else is reached by their paths. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { pageAssets as assets } from '../support/page.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

const test = suite('http: the page')

let server: TestServer

test.before(async () => {
  server = await startTestServer({ assets })
})

test.after(() => server.close())

test('the page may run what comes from here, and nothing else', async () => {
  const { status, headers, text } = await server.get('/')
  assert.equal([status, text], [200, String(assets.get('/')!.body)])
  assert.is(
    headers['content-security-policy'],
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  )
  assert.is(headers['x-content-type-options'], 'nosniff')
  assert.is(headers['cache-control'], 'no-cache')
})

test('a file whose name holds its hash is kept for ever; whoever has it is told so', async () => {
  const { headers } = await server.get('/assets/app-1.js')
  assert.is(headers['cache-control'], 'public, max-age=31536000, immutable')
  assert.is(headers['content-type'], 'text/javascript; charset=utf-8')
  const etag = String(headers.etag)
  for (const known of [etag, `W/${etag}`, `"x", ${etag}`, '*']) {
    const again = await server.get('/assets/app-1.js', { 'if-none-match': known })
    assert.equal([again.status, again.text, again.headers.etag], [304, '', etag], known)
  }
  assert.is((await server.get('/assets/app-1.js', { 'if-none-match': '"x"' })).status, 200)
  assert.is((await server.get('/', { 'if-none-match': assets.get('/')!.etag })).status, 304)
})

test('it is sent as it was compressed, in what the client takes', async () => {
  const lengthFor = async (path: string, encoding: string) => {
    const { headers } = await server.send('HEAD', path, undefined, { 'accept-encoding': encoding })
    assert.is(headers.vary, 'Accept-Encoding')
    return [headers['content-encoding'], Number(headers['content-length'])]
  }
  const { brotli, gzip, body } = assets.get('/')!
  assert.equal(await lengthFor('/', 'gzip, deflate, br'), ['br', brotli!.length])
  assert.equal(await lengthFor('/', 'gzip'), ['gzip', gzip!.length])
  assert.equal(await lengthFor('/', 'identity'), [undefined, body.length])
  assert.equal(await lengthFor('/', 'br;q=0, gzip;q=0'), [undefined, body.length])
  assert.equal(await lengthFor('/assets/icon.svg', 'br, gzip'), [undefined, 6])
})

test('no path leads to any other file', async () => {
  for (const path of [
    '/assets/nothing.js',
    '/assets/..%2f..%2fpackage.json',
    '/assets/%2e%2e%2fmanifest.json',
    '/assets/__proto__',
    '/assets/',
    '/assets',
    '/index.html',
    '/assets/app-1.js.br',
  ]) {
    const { status, body } = await server.get(path)
    assert.equal([status, body], [404, { status: 404, data: 'Url not found' }], path)
  }
  assert.is((await server.post('/', {})).status, 405)
  assert.is((await server.post('/assets/app-1.js', {})).status, 405)
  assert.is((await server.post('/dashboard.json', {})).status, 405)
})

test('the page learns where the API is', async () => {
  const { body } = await server.get('/dashboard.json')
  assert.equal(body, {
    api_prefix: '/api',
    name: 'COUPON API',
    version: '1.0',
    auth: 'open',
    strategy: 'batch',
  })
})

test('turned off, there is no page, and the API is as it was', async () => {
  const without = await startTestServer({ assets, hasDashboard: false })
  try {
    for (const path of ['/', '/assets/app-1.js', '/dashboard.json']) {
      const { status, body } = await without.get(path)
      assert.equal([status, body], [404, { status: 404, data: 'Url not found' }], path)
    }
    assert.is((await without.get('/api/coupons')).status, 200)
  } finally {
    await without.close()
  }
})

test.run()
