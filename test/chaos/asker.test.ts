/** Clients at plain HTTP servers of this test's: what they send again, where and when, and what is written down. */

import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createDraw } from '../../cli/chaos/draw.ts'
import { createHistory, type Wish } from '../../cli/chaos/history.ts'
import { createAsker, type LoadServer } from '../../cli/chaos/load/asker.ts'
import { startLoad } from '../../cli/chaos/load/load.ts'

const test = suite<{ servers: Server[] }>('chaos: asker')

test.before.each((context) => {
  context.servers = []
})

test.after.each(async ({ servers }) => {
  for (const server of servers) {
    server.closeAllConnections()
    server.close()
  }
})

type Handler = (request: IncomingMessage, response: ServerResponse) => void

async function serve(context: { servers: Server[] }, name: string, handler: Handler): Promise<LoadServer> {
  const server = createServer(handler).listen(0, '127.0.0.1')
  await once(server, 'listening')
  context.servers.push(server)
  return { name, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

const wish: Wish = {
  kind: 'claim',
  user: 'user_1',
  coupon: 'ONE',
  key: 'k-1',
  holdSeconds: 5,
  claimId: null,
}

const won = JSON.stringify({ status: 200, data: { claim_id: '7', state: 'held', held_until: 'then' } })

function problem(
  response: ServerResponse,
  status: number,
  name: string,
  headers: Record<string, string> = {},
) {
  response.writeHead(status, headers).end(JSON.stringify({ type: `/problems/${name}`, status }))
}

function open(servers: readonly LoadServer[], attemptTimeoutMs = 5000) {
  const lines: string[] = []
  const history = createHistory((line) => lines.push(line))
  const asker = createAsker({
    servers,
    history,
    connectionsPerServer: 2,
    apiPrefix: '/api',
    authorizationOf: (user) => `Bearer of ${user}`,
    retryAfterMaxMs: 50,
    attemptTimeoutMs,
    nowMs: () => performance.now(),
    onEnded: () => {},
  })
  const ask = (what: Wish) =>
    asker.ask(what, { draw: createDraw(1), ...(servers[0] && { first: servers[0] }) })
  return { history, asker, ask, lines }
}

test('it asks again with the same key at the other server, after Retry-After, until the answer is final', async (context) => {
  const seen: string[] = []
  const note = async (name: string, request: IncomingMessage) => {
    let body = ''
    for await (const chunk of request) body += chunk
    const { authorization, accept, 'idempotency-key': key } = request.headers
    seen.push([name, request.method, request.url, key, authorization, accept, body].join(' '))
  }
  const one = await serve(context, 'server 1', async (request, response) => {
    await note('1', request)
    problem(response, 503, 'unavailable', { 'retry-after': '1' })
  })
  const two = await serve(context, 'server 2', async (request, response) => {
    await note('2', request)
    response.writeHead(200, { 'idempotent-replayed': 'true' }).end(won)
  })
  const { ask, asker, history, lines } = open([one, two])
  const operation = await ask(wish)
  await asker.close()
  const rest =
    'POST /api/coupons/claim "k-1" Bearer of user_1 application/problem+json {"coupon_name":"ONE","hold_seconds":5}'
  assert.equal(seen, [`1 ${rest}`, `2 ${rest}`])
  const [first, second] = operation.attempts
  assert.is(operation.final, second)
  assert.equal(
    [first?.server, first?.answer?.told, first?.answer?.retryAfterS],
    ['server 1', 'unavailable', 1],
  )
  assert.ok(
    (second?.askedMs ?? 0) - (first?.endedMs ?? 0) >= 49,
    'as long as it is asked to, at most 50 ms here',
  )
  assert.equal(second?.answer, {
    status: 200,
    told: 'claimed',
    claimId: '7',
    state: 'held',
    heldUntil: 'then',
    retryAfterS: null,
    isReplayed: true,
  })
  assert.is(history.operations[0], operation)
  const steps = lines.map((line) => (JSON.parse(line) as { step: string }).step)
  assert.equal(steps, ['begin', 'ask', 'end', 'ask', 'end'])
})

test('changes go to the claim', async (context) => {
  const seen: string[] = []
  const one = await serve(context, 'server 1', (request, response) => {
    seen.push(`${request.method} ${request.url}`)
    if (request.method === 'DELETE') response.end('{}')
    else problem(response, 409, 'claim_released')
  })
  const { ask, asker } = open([one])
  const change = { ...wish, key: null, holdSeconds: null, claimId: '7' }
  const released = await ask({ ...change, kind: 'release' })
  const confirmed = await ask({ ...change, kind: 'confirm' })
  await asker.close()
  assert.equal(seen, ['DELETE /api/claims/7', 'POST /api/claims/7/confirm'])
  assert.equal([released.final?.answer?.told, confirmed.final?.answer?.told], ['released', 'claim_released'])
})

test('a connection that ends, one that cannot be had, and a second use of one are told apart', async (context) => {
  let requests = 0
  const one = await serve(context, 'server 1', (request, response) => {
    requests += 1
    if (requests === 2) request.socket.destroy()
    else response.end(won)
  })
  const gone = await serve(context, 'server 2', () => {})
  context.servers.pop()?.close()
  const { ask, asker } = open([one, gone])
  const first = await ask(wish)
  const second = await ask(wish)
  await asker.close()
  assert.is(first.final?.sinceLastMs, null, 'the first on its connection')
  const [cut, refused, last] = second.attempts
  assert.ok((cut?.sinceLastMs ?? -1) >= 0, 'the second on it')
  assert.equal([cut?.failure, cut?.answer], ['UND_ERR_SOCKET', null])
  assert.ok(cut?.sentMs !== null)
  assert.equal([refused?.failure, refused?.sentMs], ['ECONNREFUSED', null])
  assert.equal([last?.server, last?.answer?.told, last?.sinceLastMs], ['server 1', 'claimed', null])
})

test('what is never answered is given up, with its connection, and asked again', async (context) => {
  let requests = 0
  const one = await serve(context, 'server 1', (_request, response) => {
    requests += 1
    if (requests > 1) response.end(won)
  })
  const { ask, asker } = open([one], 100)
  const { attempts, final } = await ask(wish)
  await asker.close()
  assert.equal(
    attempts.map(({ failure }) => failure),
    ['timeout', null],
  )
  assert.is(final?.sinceLastMs, null)
})

test('after its patience it leaves without a final answer', async (context) => {
  const one = await serve(context, 'server 1', (_request, response) => problem(response, 409, 'lock_busy'))
  const { ask, asker } = open([one])
  const asked = ask(wish)
  asker.giveUpAt(performance.now() + 200)
  const { final, attempts } = await asked
  await asker.close()
  assert.is(final, null)
  assert.ok(attempts.length >= 1)
  assert.ok(attempts.every(({ answer }) => answer?.told === 'lock_busy'))
})

test('a crowd that is sent home goes at once, though nobody answers', async (context) => {
  let asked = () => {}
  const isAsked = new Promise<void>((resolve) => {
    asked = resolve
  })
  const one = await serve(context, 'server 1', () => asked())
  const load = await startLoad({
    servers: [one],
    apiPrefix: '/api',
    authorizations: ['Bearer of user_0', 'Bearer of user_1'],
    seed: 1,
    nowMs: () => performance.now(),
    makeCoupon: async () => {},
  })
  await isAsked
  const finishing = load.finish()
  await load.close()
  const { operations } = await finishing
  assert.ok(operations.length > 0)
  assert.ok(operations.every(({ final }) => final === null))
})

test.run()
