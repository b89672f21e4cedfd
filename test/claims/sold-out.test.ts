/** The answer "sold out" without the database: when it is given, and above all when it no longer is. */
import { randomUUID } from 'node:crypto'
import { request } from 'undici'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type ClaimDecision, type ClaimRequest, type ClaimStrategy, told } from '../../server/claims/claim.ts'
import { createSoldOutClaims } from '../../server/claims/sold-out.ts'
import {
  createSoldOutSource,
  type SoldOutCoupon,
  type SoldOutSource,
} from '../../server/claims/sold-out-source.ts'
import { startCommand } from '../support/command.ts'
import { addCoupon, createTestDatabase } from '../support/database.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { bearerOf, testSecret } from '../support/tokens.ts'
import { until } from '../support/until.ts'

const test = suite('claims: sold out')

/** A database in a variable: what is sold out there, and who was asked how often. */
function openStage(options: { namesMax?: number } = {}) {
  const clock = createFakeClock()
  const state = {
    isSoldOut: true,
    version: '1',
    lasts_ms: null as number | null,
    claimants: ['winner'],
    asked: 0,
    looks: 0,
    checks: 0,
    isDown: false,
  }
  const coupon = (): SoldOutCoupon => ({
    id: '7',
    name: 'PROMO',
    version: state.version,
    lasts_ms: state.lasts_ms,
  })
  const source: SoldOutSource = {
    look: async () => {
      state.looks += 1
      if (state.isDown) throw new Error('down')
      return state.isSoldOut ? { ...coupon(), claimants: state.claimants } : null
    },
    check: async () => {
      state.checks += 1
      if (state.isDown) throw new Error('down')
      return state.isSoldOut ? [coupon()] : []
    },
  }
  const inner: ClaimStrategy = {
    claim: async ({ username }): Promise<ClaimDecision> => {
      state.asked += 1
      if (state.claimants.includes(username)) return told('already_claimed')
      return told(state.isSoldOut ? 'sold_out' : 'claimed')
    },
    close: async () => {},
  }
  const claims = createSoldOutClaims({ inner, source, namesMax: options.namesMax ?? 100, clock })
  const claim = (username: string, more: Partial<ClaimRequest> = { isUserKnown: true }) =>
    claims
      .claim({ couponName: 'PROMO', username, claimKey: randomUUID(), deadlineMs: 1e9, ...more })
      .then(({ outcome }) => outcome)
  return { clock, state, claims, claim }
}

/** Lets everything that has been answered run on. */
const settle = () => new Promise<void>((resolve) => setImmediate(resolve))

test('told once by the database, it is told without it; who has the coupon is sent on', async () => {
  const { state, claims, claim } = openStage()
  assert.is(await claim('a'), 'sold_out')
  await settle()
  for (const user of ['a', 'b', 'c']) assert.is(await claim(user), 'sold_out')
  assert.equal([state.asked, state.looks, claims.stats().hits], [1, 1, 3])
  assert.is(await claim('winner'), 'already_claimed')
  assert.is(state.asked, 2)
  await claim('d', { isUserKnown: true, payloadHash: randomUUID() })
  assert.is(state.asked, 3, 'a key of the caller’s is looked up where the first answers are kept')
})

test('after the close nothing is told from memory, read or looked at again', async () => {
  const { clock, state, claims, claim } = openStage()
  await claim('a')
  await settle()
  const asked = claim('winner')
  await claims.close()
  assert.is(await asked, 'already_claimed')
  assert.is(await claim('b'), 'sold_out')
  await settle()
  assert.equal([state.looks, claims.stats().coupons, clock.timers()], [1, 0, 0])
})

test('a look that ends after the close is not remembered', async () => {
  const { clock, claims, claim } = openStage()
  const asked = claim('a')
  await Promise.all([claims.close(), asked])
  await settle()
  assert.equal([claims.stats().coupons, clock.timers()], [0, 0])
})

test('who may not exist is asked of the database, the first time', async () => {
  const { state, claim } = openStage()
  await claim('a')
  await settle()
  for (let turn = 0; turn < 3; turn += 1) await claim('b', {})
  assert.is(state.asked, 2, 'once by a, once by b')
  await claim('c', {})
  assert.is(state.asked, 3)
})

test('a crowd that hears it at once makes one look', async () => {
  const { state, claim } = openStage()
  await Promise.all(Array.from({ length: 50 }, (_, n) => claim(`user_${n}`)))
  await settle()
  assert.equal([state.asked, state.looks], [50, 1])
})

for (const [what, forget] of [
  ['its name', { name: 'PROMO' }],
  ['its id', { id: '7' }],
  ['nothing, which means all', {}],
] as const) {
  test(`forgotten by ${what}, the database is asked again`, async () => {
    const { state, claims, claim } = openStage()
    await claim('a')
    await settle()
    state.isSoldOut = false
    claims.forget(forget)
    assert.is(await claim('b'), 'claimed')
    assert.equal(claims.stats(), { coupons: 0, names: 0, hits: 0 })
  })
}

test('forgetting another coupon changes nothing', async () => {
  const { claims, claim } = openStage()
  await claim('a')
  await settle()
  claims.forget({ name: 'OTHER' })
  claims.forget({ id: '8' })
  await claim('b')
  assert.is(claims.stats().hits, 1)
})

test('what was being read when something was forgotten is thrown away', async () => {
  const { state, claims, claim } = openStage()
  await claim('a')
  // The look has begun, its answer is not here yet.
  claims.forget({ name: 'PROMO' })
  await settle()
  state.isSoldOut = false
  assert.is(await claim('b'), 'claimed')
})

test('while it is asked for it is looked at again, and stays; a change of the coupon ends it', async () => {
  const { clock, state, claim } = openStage()
  await claim('a')
  await settle()
  for (let turn = 0; turn < 20; turn += 1) {
    assert.is(await claim('b'), 'sold_out')
    await clock.advance(250)
  }
  assert.is(state.asked, 1, 'five seconds later still without the database')
  assert.ok(state.checks >= 19)
  state.version = '2'
  await claim('b')
  await clock.advance(250)
  await claim('b')
  assert.is(state.asked, 2)
})

test('without notice, and with a database that does not answer: told for less than a second, then asked', async () => {
  const { clock, state, claim } = openStage()
  await claim('a')
  await settle()
  state.isDown = true
  state.isSoldOut = false
  for (let ms = 0; ms < 1000; ms += 50) {
    await claim('b')
    await clock.advance(50)
  }
  assert.is(await claim('c'), 'claimed')
})

test('until the next hold runs out, and not a moment longer', async () => {
  const { clock, state, claim } = openStage()
  state.lasts_ms = 120
  await claim('a')
  await settle()
  await clock.advance(119)
  assert.is(await claim('b'), 'sold_out')
  state.isSoldOut = false
  await clock.advance(2)
  assert.is(await claim('b'), 'claimed')
})

test('what nobody asks for is dropped', async () => {
  const { clock, claims, claim } = openStage()
  await claim('a')
  await settle()
  assert.is(claims.stats().coupons, 1)
  for (let turn = 0; turn < 3; turn += 1) {
    await clock.advance(250)
  }
  assert.equal(claims.stats(), { coupons: 0, names: 0, hits: 0 })
})

test('more names than may be remembered: the database is asked', async () => {
  const { state, claims, claim } = openStage({ namesMax: 2 })
  state.claimants = ['x', 'y', 'z']
  await claim('a')
  await settle()
  await claim('b')
  assert.equal([state.asked, claims.stats().names], [2, 0])
})

test('the source: who has it, how long it lasts, and what has other things to tell', async () => {
  const database = await createTestDatabase({ users: 3, coupons: [{ name: 'PROMO', amount: 2 }] })
  try {
    const { pool } = database
    const source = createSoldOutSource(pool)
    assert.is(await source.look('PROMO'), null)
    const claim = (user: string, hold: number | null) =>
      pool.query(
        `SELECT outcomes FROM claim_coupons(ARRAY['PROMO'], NULL, ARRAY[$1::text], ARRAY[gen_random_uuid()], ARRAY[$2::integer], NULL, false)`,
        [user, hold],
      )
    await claim('user_0', null)
    await claim('user_1', 60)
    const found = (await source.look('PROMO'))!
    assert.equal([...found.claimants].sort(), ['user_0', 'user_1'])
    assert.ok(found.lasts_ms! > 50_000 && found.lasts_ms! <= 60_000)
    const [checked] = await source.check(['PROMO', 'OTHER'])
    assert.equal([checked!.id, checked!.version], [found.id, found.version])
    const others = [
      'paused = true',
      `ends_at = now() - interval '1 second'`,
      `starts_at = now() + interval '1 hour'`,
      `audience_kind = 'registered_before', audience_at = now()`,
      'amount = 300000',
      'deleted_at = now()',
    ]
    for (const [n, terms] of others.entries()) {
      const name = `OTHER_${n}`
      await addCoupon(pool, name, 1)
      await pool.query(`UPDATE coupons SET remaining_amount = 0 WHERE name = '${name}'`)
      assert.is((await source.look(name))?.name, name)
      await pool.query(`UPDATE coupons SET ${terms} WHERE name = '${name}'`)
      assert.is(await source.look(name), null, terms)
    }
  } finally {
    await database.close()
  }
})

test('two processes: stock that comes back is sold within a second, also when the notice is lost', async () => {
  const database = await createTestDatabase({ users: 40, coupons: [{ name: 'PROMO', amount: 1 }] })
  const environment = { DATABASE_URL: database.url, JWT_SECRET: testSecret, LOG_LEVEL: 'silent' }
  const servers = [0, 1].map(() => startCommand(['serve', '--port', '0'], { environment }))
  try {
    const urls = await Promise.all(
      servers.map(async (each) => (await each.waitFor(/Listening on (http:\S+)/))[1]!),
    )
    const call = async (server: number, user: number, method: 'POST' | 'DELETE', path: string) => {
      const { statusCode, body } = await request(`${urls[server]}/api/${path}`, {
        method,
        headers: bearerOf(`user_${user}`),
        body: JSON.stringify(method === 'POST' ? { coupon_name: 'PROMO' } : {}),
      })
      return { statusCode, body: (await body.json()) as { data: { claim_id: string } } }
    }
    const claim = (server: number, user: number) => call(server, user, 'POST', 'coupons/claim')
    const heard = async (server: number, user: number) => (await claim(server, user)).statusCode === 400

    let { body: won } = await claim(0, 0)
    for (let owner = 0; owner < 6; owner += 1) {
      const isLost = owner % 2 === 1
      // Both know that it is sold out, and are asked for it.
      for (const server of [0, 1, 0, 1]) assert.ok(await heard(server, 30 + owner))
      if (isLost) {
        const { rows } = await database.pool.query(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
           WHERE datname = current_database() AND query = 'LISTEN "coupon_stock"'`,
        )
        assert.is(rows.length, 2, 'each process listens')
      }
      const released = await call(0, owner, 'DELETE', `claims/${won.data.claim_id}`)
      const backMs = performance.now()
      assert.is(released.statusCode, 200)
      let next = await claim(1, owner + 1)
      while (next.statusCode === 400 && performance.now() - backMs < 1000) next = await claim(1, owner + 1)
      assert.is(
        next.statusCode,
        200,
        `not sold ${Math.round(performance.now() - backMs)} ms after it came back`,
      )
      won = next.body
      await until('both listen', async () => {
        const { rows } = await database.pool.query(
          `SELECT FROM pg_stat_activity WHERE datname = current_database() AND query = 'LISTEN "coupon_stock"'`,
        )
        return rows.length === 2
      })
    }
    // In the process that gives it back, at once.
    assert.ok(await heard(1, 30))
    await call(1, 6, 'DELETE', `claims/${won.data.claim_id}`)
    assert.is((await claim(1, 7)).statusCode, 200)
  } finally {
    for (const { child } of servers) child.kill('SIGTERM')
    await Promise.all(servers.map(({ end }) => end))
    await database.close()
  }
})

test.run()
