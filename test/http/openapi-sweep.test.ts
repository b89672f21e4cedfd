/** What the document says of many operations alike is tried on each of them, with its own examples. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openApiDocument } from '../../server/http/openapi/document.ts'
import type { ProblemName } from '../../server/http/problems.ts'
import { problems } from '../../server/http/problems.ts'
import { type Described, operationsOf } from '../support/openapi/contract.ts'
import { type ExampleRequest, exampleRequest, hasPathParameter } from '../support/openapi/requests.ts'
import { pageAssets } from '../support/page.ts'
import { type Json, startTestServer, type TestServer } from '../support/server.ts'

const test = suite('http: every operation')
const operations = operationsOf(openApiDocument('/api'))
let server: TestServer

test.before(async () => {
  server = await startTestServer({ assets: pageAssets })
})

test.after(() => server.close())

/** Those that list the problem. */
function tellersOf(name: ProblemName): Described[] {
  return operations.filter(({ operation }) => operation['x-problems'].includes(name))
}

/** As an admin, who may ask for everything. */
function sendTo(to: TestServer, { method, path, body, headers }: ExampleRequest) {
  return to.send(method, path, body, { ...to.as('alice', 'admin'), ...headers })
}

const badBodies: Readonly<Record<string, [name: ProblemName, change: Partial<ExampleRequest>]>> = {
  'a body that is no object': ['invalid_request', { body: '[]' }],
  'a body that is not JSON': ['malformed_body', { body: '{"name": ' }],
  'a body over 10 kB': ['body_too_large', { body: `{"x": "${'x'.repeat(11_000)}"}` }],
  'a compressed body': [
    'unsupported_body',
    { headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' } },
  ],
}
for (const [what, [name, change]] of Object.entries(badBodies)) {
  test(`${what} is told as ${name}`, async () => {
    const takers = tellersOf(name).filter(
      ({ operation }) => operation.requestBody?.content['application/json'] !== undefined,
    )
    assert.ok(takers.length > 0)
    for (const described of takers) {
      const { status, body } = await sendTo(server, { ...exampleRequest(described), ...change })
      assert.equal([status, body.kind], [problems[name].status, problems[name].kind], described.template)
    }
  })
}

test('a faulty percent-encoding in the path is told as invalid_request', async () => {
  const takers = tellersOf('invalid_request').filter(hasPathParameter)
  assert.ok(takers.length > 0)
  for (const described of takers) {
    const { status, body } = await sendTo(server, exampleRequest(described, '%zz'))
    assert.equal([status, body.kind], [400, 'validation_error'], described.template)
  }
})

for (const name of ['coupon_not_found', 'not_found'] as const) {
  test(`a path that names nothing there is, is told as ${name}`, async () => {
    const takers = tellersOf(name).filter(hasPathParameter)
    assert.ok(takers.length > 0)
    for (const described of takers) {
      const instead = described.operation.tags.includes('documentation') ? 'nothing' : undefined
      const request = exampleRequest(described, instead)
      const { status, body } = await sendTo(server, {
        ...request,
        headers: { ...request.headers, accept: 'application/problem+json' },
      })
      assert.equal([status, body.type], [404, `/problems/${name}`], described.template)
    }
  })
}

test('a silent database is told as 503 within context.timeout by whatever needs it, over connections old and new', async () => {
  const timeoutMs = 1_000
  const own = await startTestServer({
    timeoutMs,
    hasProxy: true,
    users: 1,
    coupons: [{ name: 'SUMMER_SALE', amount: 1 }],
  })
  const takers = tellersOf('unavailable')
  assert.ok(takers.length > 0)
  try {
    await Promise.all(Array.from({ length: 10 }, () => own.get('/api/coupons')))
    own.proxy?.freeze()
    for (const connections of ['old', 'new']) {
      // All at once, so that some wait for a connection, and then for their statement.
      const answers = await Promise.all(
        takers.map(async ({ operation, ...rest }) => {
          const startMs = performance.now()
          const { status, body, headers } = await sendTo(own, exampleRequest({ operation, ...rest }))
          // Two waits of `timeoutMs` one after the other are what must not be; the rest is for a busy machine.
          const took = performance.now() - startMs < timeoutMs * 1.8 ? 'in time' : 'late'
          const isOfUse =
            headers['retry-after'] !== undefined && operation['x-problems'].includes(nameOf(body))
          return `${operation.operationId} ${status} ${isOfUse ? '' : 'not as described '}${took}`
        }),
      )
      const wanted = takers.map(({ operation: { operationId } }) => `${operationId} 503 in time`)
      assert.equal(answers, wanted, `connections: ${connections}`)
    }
  } finally {
    own.proxy?.thaw()
    await own.close()
  }
})

test('what was never sent to a database that is gone is told as undone', async () => {
  const own = await startTestServer({ timeoutMs: 2_000, hasProxy: true })
  try {
    await own.proxy?.close()
    const told: string[] = []
    for (const described of tellersOf('unavailable')) {
      const { status, body } = await sendTo(own, exampleRequest(described))
      if (status !== 503 || nameOf(body) !== 'unavailable')
        told.push(`${described.operation.operationId} ${status} ${body.kind}`)
    }
    assert.equal(told, [])
  } finally {
    await own.close()
  }
})

/** Of an outage, by its kind in the envelope. */
function nameOf({ kind }: Json): ProblemName {
  return kind === problems.outcome_unknown.kind ? 'outcome_unknown' : 'unavailable'
}

test('in token mode: without a token, and with one that does not suffice', async () => {
  const own = await startTestServer({ auth: 'token' })
  const accept = { accept: 'application/problem+json' }
  try {
    assert.ok(tellersOf('unauthenticated').length > 10)
    for (const described of tellersOf('unauthenticated')) {
      const { method, path, body, headers } = exampleRequest(described)
      const answer = await own.send(method, path, body, { ...headers, ...accept })
      assert.equal([answer.status, answer.body.type], [401, '/problems/unauthenticated'], described.template)
    }
    assert.ok(tellersOf('forbidden').length > 5)
    for (const described of tellersOf('forbidden')) {
      const { method, path, body, headers } = exampleRequest(described)
      // Whoever takes a name takes only one's own.
      const answer = await own.send(method, `${path}?user_id=alice`, body, {
        ...own.as('bob'),
        ...headers,
        ...accept,
      })
      assert.equal([answer.status, answer.body.type], [403, '/problems/forbidden'], described.template)
    }
  } finally {
    await own.close()
  }
})

test('what a token’s owner asks about itself, whether or not there is such a user', async () => {
  assert.is((await server.get('/api/users/me', server.as('nobody'))).status, 404)
  assert.is((await server.get('/api/users/me/claims', server.as('nobody'))).status, 200)
  assert.is((await server.get('/api/users/me/claims?limit=0', server.as('nobody'))).status, 400)
})

test('a list of usernames over 64 MB is refused unread', async () => {
  const body = Buffer.alloc(64 * 1024 * 1024 + 1, 'x\n')
  const answer = await server.send('PUT', '/api/coupons/ANY/audience', body, { 'content-type': 'text/csv' })
  assert.is(answer.status, 413)
})

test.run()
