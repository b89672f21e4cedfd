/** More claims than can be served: who is refused hears it at once, and who is let in is answered. */

import { Client } from 'undici'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { storedClaims } from '../support/claims.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { until } from '../support/until.ts'

const test = suite('http: overload')

const claimOf = (server: TestServer, user: number, headers = {}) =>
  server.post('/api/coupons/claim', { user_id: `user_${user}`, coupon_name: 'PROMO' }, headers)

async function gauge(server: TestServer, name: string): Promise<number> {
  const { text } = await server.get('/metrics')
  return Number(
    text
      .split('\n')
      .find((line) => line.startsWith(`${name} `))
      ?.slice(name.length + 1),
  )
}

test('more than may be under way are told 503 with Retry-After, unread; the others are answered when the database is', async () => {
  const server = await startTestServer({
    users: 6,
    coupons: [{ name: 'PROMO', amount: 6 }],
    claim: { queueSizeMax: 2 },
    hasProxy: true,
  })
  try {
    server.proxy!.freeze()
    const first = [claimOf(server, 0), claimOf(server, 1)]
    const admitted = 'coupon_bounded_entries{what="claims_admitted"}'
    await until('two are under way', async () => (await gauge(server, admitted)) === 2)
    // Its body is no JSON at all, which nobody finds out.
    const refused = await server.post('/api/coupons/claim', '{', { 'Correlation-ID': 'mine' })
    assert.equal([refused.status, refused.body.kind], [503, 'service_unavailable_error'])
    assert.match(String(refused.headers['retry-after']), /^[12]$/)
    assert.equal([refused.headers['correlation-id'], refused.body.reference_id], ['mine', 'mine'])
    assert.is(refused.headers['x-content-type-options'], 'nosniff')
    const asProblem = await claimOf(server, 2, { accept: 'application/problem+json' })
    assert.is(asProblem.body.type, '/problems/unavailable')
    assert.is(String(asProblem.body.retry_after), asProblem.headers['retry-after'])
    const bySpelling = await server.post('/api/coupons/claim?once', '{')
    assert.is(bySpelling.status, 503, 'and nobody gets in by another spelling')
    assert.match(String(bySpelling.headers['retry-after']), /^[12]$/)
    assert.is(await gauge(server, 'coupon_overload_refusals_total'), 3)
    for (const path of ['/livez', '/healthcheck', '/metrics', '/openapi.json'])
      assert.is((await server.get(path)).status, 200, path)
    server.proxy!.thaw()
    for (const { status, text } of await Promise.all(first)) assert.is(status, 200, text)
    assert.is((await claimOf(server, 3)).status, 200, 'and newcomers are let in again')
    assert.is((await storedClaims(server.database.pool, 'PROMO')).users.length, 3)
  } finally {
    await server.close()
  }
})

/** Over that connection alone. */
async function statusOfClaim(client: Client, user: number): Promise<number> {
  const body = JSON.stringify({ user_id: `user_${user}`, coupon_name: 'PROMO' })
  const answer = await client.request({ method: 'POST', path: '/api/coupons/claim', body })
  await answer.body.dump()
  return answer.statusCode
}

test('who is refused and asks again at once waits unread, and is let in as soon as there is room', async () => {
  const server = await startTestServer({
    users: 4,
    coupons: [{ name: 'PROMO', amount: 4 }],
    claim: { queueSizeMax: 1 },
    hasProxy: true,
  })
  const client = new Client(server.url)
  const claim = (user: number) => statusOfClaim(client, user)
  try {
    server.proxy!.freeze()
    const first = claimOf(server, 0)
    await until('one is under way', async () =>
      (await server.get('/metrics')).text.includes('what="claims_admitted"} 1'),
    )
    assert.is(await claim(1), 503)
    server.proxy!.thaw()
    assert.is((await first).status, 200)
    assert.is(await claim(1), 200)
    assert.is(await claim(2), 200, 'the connection is read as ever')
  } finally {
    await client.close()
    await server.close()
  }
})

test('a close answers what refused connections have sent meanwhile', async () => {
  const server = await startTestServer({
    users: 2,
    coupons: [{ name: 'PROMO', amount: 2 }],
    claim: { queueSizeMax: 1 },
    hasProxy: true,
  })
  const clients = Array.from({ length: 300 }, () => new Client(server.url))
  const statusOf = (client: Client) => statusOfClaim(client, 1)
  try {
    server.proxy!.freeze()
    const first = claimOf(server, 0)
    const admitted = 'coupon_bounded_entries{what="claims_admitted"}'
    await until('one is under way', async () => (await gauge(server, admitted)) === 1)
    const statuses = await Promise.all(clients.map(statusOf))
    assert.equal(new Set(statuses), new Set([503]))
    const again = clients.map(statusOf)
    server.proxy!.thaw()
    const closed = server.close()
    for (const status of await Promise.all(again)) assert.ok([200, 400, 503].includes(status), String(status))
    assert.is((await first).status, 200)
    await closed
  } finally {
    await Promise.all(clients.map((client) => client.destroy()))
  }
})

test('a burst of 2,000 at once over 2,000 connections gets no 503 while stock is left', async () => {
  const users = 2_000
  const server = await startTestServer({ users, coupons: [{ name: 'PROMO', amount: users }] })
  const clients = Array.from({ length: users }, () => new Client(server.url, { headersTimeout: 60_000 }))
  try {
    // Connections first, as people have them whose page is open.
    await Promise.all(
      clients.map(async (client) => (await client.request({ method: 'GET', path: '/livez' })).body.dump()),
    )
    const statuses = await Promise.all(
      clients.map(async (client, user) => {
        const body = JSON.stringify({ user_id: `user_${user}`, coupon_name: 'PROMO' })
        const answer = await client.request({ method: 'POST', path: '/api/coupons/claim', body })
        await answer.body.dump()
        return answer.statusCode
      }),
    )
    assert.equal(new Set(statuses), new Set([200]))
    assert.is(await gauge(server, 'coupon_overload_refusals_total'), 0)
  } finally {
    await Promise.all(clients.map((client) => client.close()))
    await server.close()
  }
})

test('a newcomer is heard while a batch is answered, and not after all of it', async () => {
  const users = 500
  const server = await startTestServer({ users, coupons: [{ name: 'PROMO', amount: users }], hasProxy: true })
  const clients = Array.from({ length: users }, () => new Client(server.url))
  const newcomer = new Client(server.url)
  const under = (count: number) =>
    until(`${count} are under way`, async () =>
      (await server.get('/metrics')).text.includes(`what="claims_admitted"} ${count}\n`),
    )
  let answered = 0
  let answeredBefore: Promise<number> | undefined
  const claim = async (client: Client, user: number) => {
    assert.is(await statusOfClaim(client, user), 200)
    answered += 1
    // The first went alone; the second is the first of all the others, whom one batch has decided.
    if (answered === 2) answeredBefore = newcomerHeard()
  }
  const newcomerHeard = async () => {
    await (await newcomer.request({ method: 'GET', path: '/livez' })).body.dump()
    return answered
  }
  try {
    server.proxy!.freeze()
    const [first, ...others] = clients
    const claims = [claim(first!, 0)]
    await under(1)
    claims.push(...others.map((client, position) => claim(client, position + 1)))
    await under(users)
    server.proxy!.thaw()
    await Promise.all(claims)
    assert.ok((await answeredBefore)! < users / 2, `after ${await answeredBefore} of ${users}`)
  } finally {
    await Promise.all([...clients, newcomer].map((client) => client.destroy()))
    await server.close()
  }
})

test.run()
