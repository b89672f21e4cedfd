/** A database that falls silent: who asks whether the server is ready is not kept waiting, nor is who stops it. */
import { setTimeout as pause } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Answer, startTestServer } from '../support/server.ts'
import { until } from '../support/until.ts'

const test = suite('http: a silent database')

test('a database that falls silent is told within a second, over connections old and new, and its return as well', async () => {
  const server = await startTestServer({ hasProxy: true })
  try {
    assert.is((await server.get('/readyz')).status, 200)
    server.proxy!.freeze()
    // The first is asked over a connection that was good a moment ago, the next ones over new ones.
    for (let asked = 0; asked < 3; asked += 1) {
      const startMs = performance.now()
      const { status, text } = await server.get('/readyz')
      assert.is(status, 503)
      assert.match(text, '"database":"down"')
      assert.ok(performance.now() - startMs < 1_250, `${performance.now() - startMs} ms`)
    }
    server.proxy!.thaw()
    const healedMs = performance.now()
    await until('it is ready again', async () => (await server.get('/readyz')).status === 200)
    assert.ok(performance.now() - healedMs < 1_250, `${performance.now() - healedMs} ms`)
  } finally {
    server.proxy!.thaw()
    await server.close()
  }
})

test('a claim is looked for within context.timeout, though a connection is waited for and the statement as well', async () => {
  const server = await startTestServer({ hasProxy: true, timeoutMs: 600 })
  try {
    assert.is((await server.get('/api/claims/1')).status, 404)
    server.proxy!.freeze()
    // More than the pool has connections: the last ones wait for one, and then for their statement.
    const startMs = performance.now()
    const answers = await Promise.all(
      Array.from({ length: 30 }, async (_, n) => {
        const { status, headers } = await (n % 2 === 0
          ? server.get('/api/claims/1')
          : server.post('/api/claims/1/confirm'))
        return { status, retryAfter: headers['retry-after'], tookMs: performance.now() - startMs }
      }),
    )
    for (const { status, retryAfter, tookMs } of answers) {
      assert.equal([status, retryAfter], [503, '1'])
      assert.ok(tookMs < 600 + 500, `${tookMs} ms`)
    }
  } finally {
    server.proxy!.thaw()
    await server.close()
  }
})

test('whatever needs a silent database is told 503 before context.timeout is over', async () => {
  const timeoutMs = 4_000
  const server = await startTestServer({
    hasProxy: true,
    timeoutMs,
    users: 1,
    coupons: [{ name: 'PROMO', amount: 1 }],
  })
  try {
    assert.is((await server.get('/api/claims/1')).status, 404)
    server.proxy!.freeze()
    const asked = [
      () => server.post('/api/coupons/claim', { user_id: 'user_0', coupon_name: 'PROMO' }),
      () => server.get('/api/coupons'),
      () => server.get('/api/claims/1/events'),
      () => server.post('/api/claims/1/confirm'),
    ]
    const startMs = performance.now()
    await Promise.all(
      asked.map(async (ask) => {
        const { status, headers } = await ask()
        const tookMs = performance.now() - startMs
        assert.is(status, 503)
        assert.ok(headers['retry-after'])
        assert.ok(tookMs < timeoutMs, `${tookMs} ms`)
      }),
    )
  } finally {
    server.proxy!.thaw()
    await server.close()
  }
})

test('the events of a claim are answered within context.timeout, though claim and events are both waited for', async () => {
  const coupons = [{ name: 'PROMO', amount: 1 }]
  const server = await startTestServer({ timeoutMs: 1_000, users: 1, coupons })
  const { pool } = server.database
  const won = await server.post('/api/coupons/claim', { user_id: 'user_0', coupon_name: 'PROMO' })
  assert.equal([won.status, (await server.get('/api/claims/1/events')).status], [200, 200])
  const [claims, events] = [await pool.connect(), await pool.connect()]
  try {
    for (const [session, table] of [
      [claims, 'user_claims'],
      [events, 'claim_events'],
    ] as const) {
      await session.query('BEGIN')
      await session.query(`LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`)
    }
    const startMs = performance.now()
    const answer = server.get('/api/claims/1/events')
    // Just before the claim would be given up.
    await pause(900)
    await claims.query('ROLLBACK')
    await answer
    const tookMs = performance.now() - startMs
    assert.ok(tookMs < 1_500, `${tookMs} ms`)
  } finally {
    claims.release(true)
    events.release(true)
    await server.close()
  }
})

test('a change whose answer was lost may have been made, and is not told as undone', async () => {
  const server = await startTestServer({ hasProxy: true, timeoutMs: 2_000 })
  const kindOf = async (answer: Promise<Answer>) => {
    const { status, body, headers } = await answer
    return [status, body.kind, headers['retry-after']]
  }
  const unknown = [503, 'outcome_unknown_error', '1']
  try {
    server.proxy!.loseAnswersTo('INSERT INTO "coupons"', 1)
    assert.equal(await kindOf(server.post('/api/coupons', { name: 'SALE', amount: 1 })), unknown)
    assert.is((await server.get('/api/coupons/SALE')).status, 200, 'it was')
    server.proxy!.loseAnswersTo('add_members', 1)
    const list = server.send('PUT', '/api/coupons/SALE/audience', 'username\nalice\n', {
      'content-type': 'text/csv',
    })
    assert.equal(await kindOf(list), unknown)
    assert.match(
      (await server.get('/api/coupons/SALE')).text,
      '"audience":{"kind":"list","size":1}',
      'it was',
    )
    server.proxy!.loseAnswersTo('UPDATE "coupons"', 1)
    assert.equal(await kindOf(server.send('DELETE', '/api/coupons/SALE')), unknown)
    assert.is((await server.get('/api/coupons/SALE')).status, 404, 'it was')
    // Who only asks has changed nothing in any case.
    server.proxy!.loseAnswersTo('FROM "coupons"', 1)
    assert.equal(await kindOf(server.get('/api/coupons/SALE')), [503, 'service_unavailable_error', '1'])
  } finally {
    await server.close()
  }
})

test('a server stops though its database is silent', async () => {
  const server = await startTestServer({ hasProxy: true, users: 1, coupons: [{ name: 'PROMO', amount: 1 }] })
  await server.get('/api/coupons')
  assert.is((await server.get('/readyz')).status, 200)
  server.proxy!.freeze()
  const closing = server.close().then(() => 'closed')
  const isClosed = await Promise.race([closing, pause(5_000).then(() => 'still open')])
  server.proxy!.thaw()
  await closing
  assert.is(isClosed, 'closed')
})

test.run()
