/** The life of a claim over HTTP: hold, confirm, give back, ask before, find again; by whom, and what is told. */
import { randomUUID } from 'node:crypto'
import { request } from 'undici'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { storedClaims } from '../support/claims.ts'
import { startCommand } from '../support/command.ts'
import { addCoupon, createTestDatabase } from '../support/database.ts'
import { type Answer, startTestServer, type TestServer } from '../support/server.ts'
import { startTcpProxy } from '../support/tcp-proxy.ts'
import { testSecret } from '../support/tokens.ts'
import { until } from '../support/until.ts'

const test = suite('http: the life of a claim')
let server: TestServer

test.before(async () => {
  server = await startTestServer({ users: 60, auth: 'token' })
})

test.after(() => server.close())

let coupons = 0
async function newCoupon(amount: number, terms = ''): Promise<string> {
  coupons += 1
  const name = `LIFE_${coupons}`
  await addCoupon(server.database.pool, name, amount)
  if (terms !== '') await server.database.pool.query(`UPDATE coupons SET ${terms} WHERE name = '${name}'`)
  return name
}

const admin = () => server.as('boss', 'admin')
const user = (n: number) => server.as(`user_${n}`)
const claim = (n: number, coupon: string, more: object = {}, headers: Record<string, string> = {}) =>
  server.post('/api/coupons/claim', { coupon_name: coupon, ...more }, { ...user(n), ...headers })
const dataOf = ({ body }: Answer) => body.data as Record<string, unknown>
const problem = { accept: 'application/problem+json' }

test('a claim tells its id, where it is found, and its state', async () => {
  const coupon = await newCoupon(3)
  const answer = await claim(0, coupon)
  assert.is(answer.status, 200, answer.text)
  const { claim_id, state, held_until } = dataOf(answer)
  assert.equal([state, held_until], ['confirmed', null])
  assert.is(answer.headers.location, `/api/claims/${claim_id}`)
  const found = await server.get(`/api/claims/${claim_id}`, user(0))
  const { id, coupon_name, user_id } = dataOf(found)
  assert.equal([id, coupon_name, user_id], [claim_id, coupon, 'user_0'])
  const again = await claim(0, coupon, {}, problem)
  assert.is(again.status, 409)
  assert.is(again.body.type, '/problems/already_claimed')
  assert.is(again.body.claim_id, claim_id)
})

test('a hold: told until when, confirmed by its owner, on record', async () => {
  const coupon = await newCoupon(1)
  const before = Date.now()
  const held = await claim(1, coupon, { hold_seconds: 60 })
  const { claim_id, state, held_until } = dataOf(held)
  assert.is(state, 'held')
  const end = new Date(String(held_until)).getTime()
  assert.ok(end >= before + 59_000 && end <= Date.now() + 61_000, String(held_until))
  assert.is((await claim(2, coupon, {}, problem)).body.remaining, 0)
  const confirmed = await server.post(`/api/claims/${claim_id}/confirm`, { reason: 'paid' }, user(1))
  assert.is(confirmed.status, 200, confirmed.text)
  assert.is(dataOf(confirmed).state, 'confirmed')
  assert.is((await server.post(`/api/claims/${claim_id}/confirm`, undefined, user(1))).status, 200)
  const events = (await server.get(`/api/claims/${claim_id}/events`, user(1))).body.data as object[]
  assert.is(events.length, 1)
  const { state: to, actor, reason, correlation_id } = events[0] as Record<string, unknown>
  assert.equal([to, actor, reason], ['confirmed', 'user_1', 'paid'])
  assert.is(correlation_id, confirmed.headers['correlation-id'])
})

test('a hold that runs out is given back by the server itself, and cannot be confirmed', async () => {
  const coupon = await newCoupon(1)
  const { claim_id } = dataOf(await claim(3, coupon, { hold_seconds: 1 }))
  await until(
    'the unit is back',
    async () => (await storedClaims(server.database.pool, coupon)).remaining === 1,
  )
  const late = await server.post(`/api/claims/${claim_id}/confirm`, undefined, { ...user(3), ...problem })
  assert.is(late.status, 409)
  assert.is(late.body.type, '/problems/claim_expired')
  const [event] = (await server.get(`/api/claims/${claim_id}/events`, user(3))).body.data as Record<
    string,
    unknown
  >[]
  assert.equal([event!.state, event!.actor], ['expired', 'system'])
  assert.is((await server.send('DELETE', `/api/claims/${claim_id}`, undefined, user(3))).status, 409)
})

for (const [given, key] of [
  [0, 'hold_seconds'],
  [86_401, 'hold_seconds'],
  [1.5, 'hold_seconds'],
  ['60', 'hold_seconds'],
] as const) {
  test(`hold_seconds ${JSON.stringify(given)} is refused, nothing is taken`, async () => {
    const coupon = await newCoupon(1)
    const answer = await claim(4, coupon, { hold_seconds: given })
    assert.is(answer.status, 400)
    assert.is((answer.body.optional_data as { key: string }[])[0]!.key, key)
    assert.is((await storedClaims(server.database.pool, coupon)).remaining, 1)
  })
}

test('given back by its owner, with a reason; 50 times at once it returns one unit', async () => {
  const coupon = await newCoupon(2)
  const { claim_id } = dataOf(await claim(5, coupon))
  const answers = await Promise.all(
    Array.from({ length: 50 }, () =>
      server.send('DELETE', `/api/claims/${claim_id}`, { reason: 'changed my mind' }, user(5)),
    ),
  )
  for (const answer of answers) assert.is(answer.status, 200, answer.text)
  assert.equal(await storedClaims(server.database.pool, coupon), { amount: 2, remaining: 2, users: [] })
  const events = (await server.get(`/api/claims/${claim_id}/events`, user(5))).body.data as {
    reason: string
  }[]
  assert.equal(
    events.map(({ reason }) => reason),
    ['changed my mind'],
  )
  const late = await server.post(`/api/claims/${claim_id}/confirm`, undefined, { ...user(5), ...problem })
  assert.equal([late.status, late.body.type], [409, '/problems/claim_released'])
  assert.is((await claim(5, coupon)).status, 200, 'it may be had again')
})

test('somebody else’s claim does not exist: not to read, confirm, or give back; to an admin it does', async () => {
  const coupon = await newCoupon(1)
  const { claim_id } = dataOf(await claim(6, coupon, { hold_seconds: 60 }))
  const path = `/api/claims/${claim_id}`
  for (const answer of [
    await server.get(path, user(7)),
    await server.get(`${path}/events`, user(7)),
    await server.post(`${path}/confirm`, undefined, user(7)),
    await server.send('DELETE', path, undefined, user(7)),
    await server.get('/api/claims/999999999', user(7)),
    await server.get('/api/claims/%00', user(7)),
    await server.get('/api/claims/1e3', admin()),
    await server.get('/api/claims/99999999999999999999', admin()),
  ]) {
    assert.is(answer.status, 404, answer.text)
  }
  assert.is((await server.get(path)).status, 401)
  assert.is((await server.get(path, admin())).status, 200)
  assert.is((await server.send('DELETE', path, { reason: 'fraud' }, admin())).status, 200)
  const [event] = (await server.get(`${path}/events`, user(6))).body.data as Record<string, unknown>[]
  assert.equal([event!.actor, event!.reason], ['boss', 'fraud'])
})

test('a user claims for itself alone, an admin for anybody', async () => {
  const coupon = await newCoupon(5)
  const other = await claim(8, coupon, { user_id: 'user_9' })
  assert.equal([other.status, other.body.kind], [403, 'forbidden_error'])
  assert.is((await claim(8, coupon, { user_id: 'user_8' })).status, 200)
  const body = { coupon_name: coupon, user_id: 'user_9' }
  assert.is((await server.post('/api/coupons/claim', body, admin())).status, 200)
  assert.is((await server.post('/api/coupons/claim', body)).status, 401)
  assert.equal((await storedClaims(server.database.pool, coupon)).users, ['user_8', 'user_9'])
})

const refusals = [
  ['not_started', 400, `starts_at = now() + interval '1 hour'`],
  ['ended', 400, `ends_at = now() - interval '1 hour'`],
  ['paused', 400, 'paused = true'],
  ['not_in_audience', 403, `audience_kind = 'registered_before', audience_at = '2001-01-01'`],
  ['sold_out', 400, 'remaining_amount = 0'],
] as const
for (const [code, status, terms] of refusals) {
  test(`${code}: the claim and the question before it say the same`, async () => {
    const coupon = await newCoupon(2, terms)
    const refused = await claim(10, coupon, {}, problem)
    assert.equal([refused.status, refused.body.type], [status, `/problems/${code}`])
    const asked = await server.get(`/api/coupons/${coupon}/eligibility`, user(10))
    const { eligible, reasons } = dataOf(asked) as { eligible: boolean; reasons: Record<string, unknown>[] }
    assert.is(eligible, false)
    assert.equal(
      reasons.map(({ code: told, message, until: end }) => [told, message, end]),
      [[code, refused.body.detail, refused.body.starts_at ?? null]],
    )
    assert.is('starts_at' in refused.body, code === 'not_started')
  })
}

test('eligibility: nothing against it; for another user only an admin may ask; unknown names', async () => {
  const coupon = await newCoupon(1)
  const path = `/api/coupons/${coupon.toLowerCase()}/eligibility`
  assert.equal(dataOf(await server.get(path, user(11))), { eligible: true, reasons: [] })
  assert.is((await server.get(`${path}?user_id=user_12`, user(11))).status, 403)
  assert.equal(dataOf(await server.get(`${path}?user_id=user_12`, admin())), { eligible: true, reasons: [] })
  assert.is((await server.get(`${path}?user_id=nobody`, admin())).status, 404)
  assert.is((await server.get('/api/coupons/NO_SUCH/eligibility', user(11))).status, 404)
  assert.is((await server.get(path)).status, 401)
})

test('Idempotency-Key: the first answer again, also when it was a refusal; another payload is 422', async () => {
  const coupon = await newCoupon(1)
  const key = { 'idempotency-key': `"${randomUUID()}"` }
  const first = await claim(13, coupon, { hold_seconds: 60 }, key)
  const again = await claim(13, coupon, { hold_seconds: 60 }, key)
  assert.equal(again.body, first.body)
  assert.is(first.headers['idempotent-replayed'], undefined)
  assert.is(again.headers['idempotent-replayed'], 'true')
  const other = await claim(13, coupon, { hold_seconds: 61 }, { ...key, ...problem })
  assert.equal([other.status, other.body.type], [422, '/problems/key_reused'])
  const late = { 'idempotency-key': randomUUID() }
  assert.is((await claim(14, coupon, {}, late)).status, 400)
  await server.send('DELETE', `/api/claims/${dataOf(first).claim_id}`, undefined, user(13))
  assert.is((await claim(14, coupon, {}, late)).status, 400, 'sold out as before, though one is left now')
  assert.is((await claim(14, coupon, {}, key)).status, 200, 'a key belongs to its user')
})

for (const given of ['', ' ', 'ü', 'x'.repeat(256), '"a', 'a b']) {
  test(`Idempotency-Key ${JSON.stringify(given.slice(0, 9))} is refused`, async () => {
    const answer = await claim(15, await newCoupon(1), {}, { 'idempotency-key': given })
    assert.is(answer.status, 400, answer.text)
    assert.is((answer.body.optional_data as { key: string }[])[0]!.key, 'Idempotency-Key')
  })
}

test('Idempotency-Key: who waits too long for the first is told that it is still under way', async () => {
  const slow = await startTestServer({ users: 1, coupons: [{ name: 'PROMO', amount: 1 }], timeoutMs: 2000 })
  const session = await slow.database.pool.connect()
  try {
    await session.query('BEGIN; SELECT 1 FROM coupons FOR UPDATE')
    const send = () =>
      slow.post(
        '/api/coupons/claim',
        { user_id: 'user_0', coupon_name: 'PROMO' },
        { 'idempotency-key': 'slow', ...problem },
      )
    const first = send()
    const others = await Promise.all([send(), send()])
    for (const { status, body, headers } of others) {
      assert.equal([status, body.type, headers['retry-after']], [409, '/problems/in_progress', '1'])
    }
    await session.query('COMMIT')
    const answer = await first
    assert.is(answer.status, 200)
    assert.equal((await send()).body, answer.body)
  } finally {
    session.release()
    await slow.close()
  }
})

test('methods that a claim does not have: 405 with those it has', async () => {
  for (const [method, path, allow] of [
    ['PUT', '/api/claims/1', 'GET, DELETE'],
    ['GET', '/api/claims/1/confirm', 'POST'],
    ['POST', '/api/claims/1/events', 'GET'],
  ] as const) {
    const answer = await server.send(method, path, undefined, user(0))
    assert.equal([answer.status, answer.headers.allow], [405, allow])
  }
})

test('open mode: a plain claim is answered as by the original; who asks for more is told more', async () => {
  const open = await startTestServer({ users: 3, coupons: [{ name: 'PROMO', amount: 3 }] })
  try {
    const send = (n: number, more: object = {}, headers = {}) =>
      open.post('/api/coupons/claim', { user_id: `user_${n}`, coupon_name: 'PROMO', ...more }, headers)
    assert.equal(Object.keys((await send(0)).body), ['status', 'message'])
    assert.equal(Object.keys((await send(1, { hold_seconds: 5 })).body), ['status', 'data', 'message'])
    const keyed = await send(2, {}, { 'idempotency-key': 'k-2' })
    assert.equal(Object.keys(keyed.body), ['status', 'data', 'message'])
    assert.is((await open.send('DELETE', String(keyed.headers.location))).status, 200)
  } finally {
    await open.close()
  }
})

test('the server is killed between COMMIT and answer: the retry at another one finds the same claim', async () => {
  const database = await createTestDatabase({ users: 1, coupons: [{ name: 'PROMO', amount: 2 }] })
  const proxy = await startTcpProxy(database.url)
  const serve = (url: string) =>
    startCommand(['serve', '--port', '0'], {
      environment: { DATABASE_URL: url, JWT_SECRET: testSecret, LOG_LEVEL: 'silent' },
    })
  const first = serve(proxy.url)
  const second = serve(database.url)
  try {
    const urls = await Promise.all(
      [first, second].map(async (each) => (await each.waitFor(/Listening on (http:\S+)/))[1]!),
    )
    const send = (url: string) =>
      request(`${url}/api/coupons/claim`, {
        method: 'POST',
        headers: { ...server.as('user_0'), 'idempotency-key': '"the-only-one"' },
        body: JSON.stringify({ coupon_name: 'PROMO' }),
      })
    proxy.mute()
    const lost = send(urls[0]!).then(
      () => 'answered',
      () => 'cut',
    )
    const stored = () => database.pool.query<{ id: string }>('SELECT id FROM user_claims')
    await until('it is committed', async () => (await stored()).rows.length === 1)
    first.child.kill('SIGKILL')
    assert.is(await lost, 'cut')
    const retry = await send(urls[1]!)
    assert.is(retry.statusCode, 200)
    assert.is(retry.headers['idempotent-replayed'], 'true')
    const { data } = (await retry.body.json()) as { data: { claim_id: string } }
    const { rows } = await stored()
    assert.equal(rows, [{ id: data.claim_id }])
    assert.is((await storedClaims(database.pool, 'PROMO')).remaining, 1)
  } finally {
    first.child.kill('SIGKILL')
    second.child.kill('SIGTERM')
    await Promise.all([first.end, second.end])
    await proxy.close()
    await database.close()
  }
})

test.run()
