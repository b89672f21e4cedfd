/** What the service says about itself: the document, the page to browse it, a page for each problem. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openApiDocument } from '../../server/http/openapi/document.ts'
import { problems } from '../../server/http/problems.ts'
import { type Answer, startTestServer, type TestServer } from '../support/server.ts'

const test = suite('http: documentation')
let server: TestServer

test.before(async () => {
  server = await startTestServer()
})

test.after(() => server.close())

function typeOf({ headers }: Answer): string {
  return String(headers['content-type'])
}

test('GET /openapi.json is the document', async () => {
  const answer = await server.get('/openapi.json')
  assert.is(answer.status, 200)
  assert.is(typeOf(answer), 'application/vnd.oai.openapi+json;version=3.1')
  assert.equal(answer.body, openApiDocument('/api'))
})

test('GET /docs is a page that runs nothing of its own text and asks no other host', async () => {
  for (const path of ['/docs', '/docs/']) {
    const { status, headers, text } = await server.get(path)
    assert.is(status, 200)
    const policy = String(headers['content-security-policy'])
    assert.match(policy, "default-src 'none'")
    assert.not.match(policy, 'unsafe')
    assert.not.match(policy, /https?:|\*/)
    assert.not.match(text, /<script>|style=|https?:/)
  }
})

test('every file that the page names is served, and may be kept', async () => {
  const { text } = await server.get('/docs')
  const files = [...text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, file]) => String(file))
  assert.is(files.length, 4)
  for (const file of files) {
    const answer = await server.get(file)
    assert.is(answer.status, 200, file)
    assert.is(answer.headers['x-content-type-options'], 'nosniff')
    if (file.endsWith('initializer.js')) {
      assert.match(answer.text, "url: '/openapi.json'")
    } else {
      assert.match(String(answer.headers['cache-control']), /max-age=\d+/)
      const since = String(answer.headers['last-modified'])
      assert.is((await server.get(file, { 'If-Modified-Since': since })).status, 304)
      assert.is((await server.get(file, { 'If-Match': '"other"' })).status, 200)
    }
  }
})

test('no other file of the package, or above it, is served', async () => {
  for (const file of [
    'package.json',
    'index.html',
    'swagger-ui-bundle.js.map',
    '..%2fpackage.json',
    '%00',
    '.',
  ]) {
    const { status } = await server.get(`/docs/${file}`)
    assert.is(status, 404, file)
  }
})

test('the type of every problem leads to a page that tells its title, status, kind and meaning', async () => {
  for (const [name, { title, status, kind }] of Object.entries(problems)) {
    const page = await server.get(`/problems/${name}`, { accept: 'text/html,*/*;q=0.8' })
    assert.is(page.status, 200)
    assert.match(typeOf(page), 'text/html')
    for (const words of [title, String(status), kind]) assert.ok(page.text.includes(words), name)
    const plain = await server.get(`/problems/${name}`, { accept: 'text/plain' })
    assert.match(typeOf(plain), 'text/plain')
    assert.ok(plain.text.includes(title))
  }
  const { body } = await server.get('/api/coupons/NOBODY_MADE_IT', { accept: 'application/problem+json' })
  assert.is((await server.get(String(body.type))).status, 200)
})

test('GET /problems tells all of them', async () => {
  const { text } = await server.get('/problems')
  for (const name of Object.keys(problems)) assert.ok(text.includes(`href="/problems/${name}"`), name)
})

test('names of what every object has are no problems', async () => {
  for (const name of ['nothing', '__proto__', 'constructor', 'toString', '%3Cscript%3E']) {
    const { status, text } = await server.get(`/problems/${name}`)
    assert.is(status, 404)
    assert.not.match(text, '<script>')
  }
})

test.run()
