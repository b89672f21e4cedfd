/** GET /api/live: what is told, to whom, and when it ends. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createTokens } from '../../server/auth/tokens.ts'
import { openUsers } from '../../server/users/open.ts'
import { type EventStream, openEventStream, type StreamEvent } from '../support/event-stream.ts'
import { assertDescribed } from '../support/openapi/described.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { testSecret } from '../support/tokens.ts'

const test = suite('live: the stream')
let server: TestServer
const streams: EventStream[] = []

test.before(async () => {
  server = await startTestServer({
    auth: 'token',
    users: 4,
    coupons: [
      { name: 'PROMO', amount: 3 },
      { name: 'OTHER', amount: 3 },
    ],
  })
  // As long as a server that has just started does not listen yet, who watches is told everything anew, in no tick.
  const stream = await watch(admin())
  await stream.until('it hears itself', (event) => isTick(event) && event.data.processes?.length === 1)
})

test.after.each(() => {
  for (const stream of streams.splice(0)) stream.close()
})

test.after(() => server.close())

async function watch(headers: Record<string, string>, query = ''): Promise<EventStream> {
  const path = `/api/live${query}`
  const stream = await openEventStream(`${server.url}${path}`, headers)
  streams.push(stream)
  if (stream.status === 200) {
    await stream.until('a snapshot', ({ event }) => event === 'snapshot')
    const { status } = stream
    assertDescribed('/api', { method: 'GET', path, status, headers: stream.headers, text: stream.text() })
  }
  return stream
}

const admin = () => server.as('root', 'admin')
const claim = async (user: string, coupon_name: string, more = {}) => {
  const answer = await server.post('/api/coupons/claim', { coupon_name, ...more }, server.as(user))
  return (answer.body.data as { claim_id: string } | undefined)?.claim_id ?? ''
}
const isTick = ({ event }: StreamEvent) => event === 'tick'
const couponIn = ({ data }: StreamEvent, name: string) =>
  data.coupons.find((each: { name: string }) => each.name === name)
const stateOf = (id: string, state: string) => (event: StreamEvent) =>
  isTick(event) &&
  event.data.recent.some((each: { id: string; state: string }) => each.id === id && each.state === state)

test('an admin is told the state, then each claim, its changes, and the processes', async () => {
  const stream = await watch(admin())
  assert.is(stream.headers['content-type'], 'text/event-stream; charset=utf-8')
  assert.is(stream.headers['cache-control'], 'no-store')
  assert.match(stream.text(), /^event: snapshot\nid: \S+\nretry: 1000\ndata: \{.*\}\n\n/)
  const { data } = stream.events[0]!
  assert.is(data.role, 'admin')
  assert.equal(data.coupons.map(({ name }: { name: string }) => name).sort(), ['OTHER', 'PROMO'])
  assert.equal(data.recent, [])

  const id = await claim('user_0', 'PROMO', { hold_seconds: 60 })
  const held = await stream.until('the hold', stateOf(id, 'held'))
  const [told] = held.data.recent
  assert.equal([told.coupon, told.username], ['PROMO', 'user_0'])
  assert.ok(Math.abs(Date.now() - told.at) < 10_000)
  const after = await stream.until(
    'the stock',
    (event) => isTick(event) && couponIn(event, 'PROMO') !== undefined,
  )
  const { remaining_amount, held: units, state } = couponIn(after, 'PROMO')
  assert.equal([remaining_amount, units, state], [2, 1, 'active'])
  const counted = await stream.until(
    'the figures',
    (event) => isTick(event) && event.data.claims.claimed === 1,
  )
  assert.ok(counted.data.latency_ms.p50 > 0 && counted.data.seconds > 0)

  await server.post(`/api/claims/${id}/confirm`, undefined, server.as('user_0'))
  await stream.until('confirmed', stateOf(id, 'confirmed'))
  await server.send('DELETE', `/api/claims/${id}`, undefined, server.as('user_0'))
  await stream.until('given back', stateOf(id, 'released'))
  await stream.until('counted', (event) => isTick(event) && event.data.releases === 1)
  const { data: later } = await stream.until(
    'processes',
    (event) => isTick(event) && event.data.processes?.length === 1,
  )
  const [own] = later.processes
  assert.match(own.id, new RegExp(`:${process.pid}$`))
  assert.equal([own.strategy, own.queue_limit, own.worker], ['batch', 10_000, null])
})

test('an edit, a new coupon and a deleted one are seen, whoever made them', async () => {
  const stream = await watch(admin())
  const seen = (name: string, holds: (coupon: Record<string, unknown>) => boolean) =>
    stream.until(
      name,
      (event) => isTick(event) && couponIn(event, name) !== undefined && holds(couponIn(event, name)),
    )
  await server.send('PATCH', '/api/coupons/OTHER', { paused: true }, admin())
  await seen('OTHER', ({ state }) => state === 'paused')
  await server.post('/api/coupons', { name: 'NEW', amount: 1 }, admin())
  await seen('NEW', ({ amount }) => amount === 1)
  await server.send('DELETE', '/api/coupons/NEW', undefined, admin())
  await seen('NEW', ({ deleted }) => deleted === true)
  await server.database.pool.query(
    `UPDATE coupons SET amount = 8, remaining_amount = 8, paused = false, updated_at = now() WHERE name = 'OTHER'`,
  )
  await seen('OTHER', ({ amount }) => amount === 8)
})

test('a user sees the coupons and its own claims, and neither processes nor other names', async () => {
  const earlier = await claim('user_1', 'PROMO')
  const stream = await watch(server.as('user_1'))
  const { data } = stream.events[0]!
  assert.equal([data.role, data.processes], ['user', undefined])
  assert.equal(
    data.recent.map(({ id }: { id: string }) => id),
    [earlier],
  )
  await claim('user_2', 'OTHER')
  await stream.until('the stock', (event) => isTick(event) && couponIn(event, 'OTHER') !== undefined)
  const mine = await claim('user_1', 'OTHER')
  await stream.until('its own claim', stateOf(mine, 'confirmed'))
  assert.not.match(stream.text(), /user_2|processes/)
})

test('one coupon by itself', async () => {
  const stream = await watch(admin(), '?coupon=promo')
  const { data } = stream.events[0]!
  assert.equal(
    data.coupons.map(({ name }: { name: string }) => name),
    ['PROMO'],
  )
  assert.ok(
    data.recent.length > 0 && data.recent.every(({ coupon }: { coupon: string }) => coupon === 'PROMO'),
  )
  await claim('user_3', 'OTHER')
  const id = await claim('user_3', 'PROMO')
  await stream.until('the claim', stateOf(id, 'confirmed'))
  for (const event of stream.events) {
    assert.ok(event.data.coupons.every(({ name }: { name: string }) => name === 'PROMO'))
    assert.ok(event.data.recent.every(({ coupon }: { coupon: string }) => coupon === 'PROMO'))
  }
})

test('who comes later is told what happened in the last minutes', async () => {
  const first = await watch(admin())
  await claim('user_3', 'PROMO')
  await first.until(
    'a second later',
    (event) => event.data.at % 1000 > 0 && event.data.at > first.events[0]!.data.at + 1500,
  )
  const later = await watch(admin())
  const claims = later.events[0]!.data.history.reduce(
    (sum: number, { claims: { claimed, sold_out, already_claimed } }: StreamEvent['data']) =>
      sum + claimed + sold_out + already_claimed,
    0,
  )
  assert.ok(claims >= 1)
})

test('not without a token, not for a coupon that is not there, and HEAD is answered', async () => {
  assert.is((await server.get('/api/live')).status, 401)
  for (const query of ['coupon=NOTHING', 'coupon=%00']) {
    const answer = await server.get(`/api/live?${query}`, admin())
    assert.equal([answer.status, answer.body.kind], [404, 'data_not_found_error'])
  }
  assert.is((await server.send('HEAD', '/api/live', undefined, admin())).status, 200)
  assert.is((await server.post('/api/live', {}, admin())).status, 405)
})

test('a user has twenty streams, and another is told to wait', async () => {
  for (let n = 0; n < 20; n += 1) assert.is((await watch(server.as('user_0'))).status, 200)
  const answer = await server.get('/api/live', server.as('user_0'))
  assert.equal([answer.status, answer.headers['retry-after']], [429, '10'])
  assert.is((await watch(server.as('user_1'))).status, 200, 'nobody else is kept out')
})

test('the stream ends when the token does: by a new password, and by its time', async () => {
  const users = openUsers(server.database.url)
  try {
    await users.users.register({ username: 'ada', password: 'correct horse', fullName: 'Ada' })
    const stream = await watch(server.as('ada'))
    const other = await watch(server.as('user_1'))
    await users.users.setPassword('ada', 'another password')
    await stream.ended
    const { at } = other.events.at(-1)!.data
    await other.until('the other goes on', (event) => event.data.at > at)
  } finally {
    await users.close()
  }
  const tokens = createTokens({ secret: testSecret })
  const token = tokens.sign({ username: 'user_2', role: 'user' }, 1000)
  const stream = await watch({ authorization: `Bearer ${token}` })
  assert.is(stream.status, 200)
  await stream.ended
})

test.run()
