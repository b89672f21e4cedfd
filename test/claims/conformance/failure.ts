import { randomUUID } from 'node:crypto'
import * as assert from 'uvu/assert'
import { untilBlocked } from '../../support/claim-bench.ts'
import { claimAll, claimOne, countOf, storedClaims, wishesOf } from '../../support/claims.ts'
import { until } from '../../support/until.ts'
import { assertLedger, type Cases } from './case.ts'
import { refuseClaimsOf } from './traps.ts'

const timeoutMs = 500
/** What an answer may take beyond its deadline on a busy machine of two cores. */
const slackMs = 2500

/** An answer that leaves the caller to ask again with the same key. */
function assertUndecided(answers: readonly string[]): void {
  for (const answer of answers) assert.ok(['unavailable', 'unknown'].includes(answer), answer)
}

/** Faults of the database and of the way to it; afterwards the sale is exact and goes on. */
export const failureCases: Cases = {
  'one poisonous claim fails alone, its fellows win': async (bench) => {
    const { url, pool } = await bench.database({ users: 20, coupons: [{ name: 'PROMO', amount: 20 }] })
    await pool.query(refuseClaimsOf(`= 'user_7'`))
    const strategy = bench.open(url)
    const wishes = wishesOf('PROMO', 20)
    const answers = await claimAll(strategy, wishes)
    assert.not.ok(['claimed', 'sold_out', 'already_claimed'].includes(answers[7]!), answers[7])
    assert.is(countOf(answers).claimed, 19)
    await assertLedger(pool, 'PROMO', { wishes, answers })
  },

  'a database that refuses every claim: everybody hears of it, nothing is stored, then it goes on': async (
    bench,
  ) => {
    const { url, pool } = await bench.database({ users: 6, coupons: [{ name: 'PROMO', amount: 6 }] })
    await pool.query(refuseClaimsOf('IS NOT NULL'))
    const strategy = bench.open(url)
    const wishes = wishesOf('PROMO', 6)
    const answers = await claimAll(strategy, wishes)
    assert.ok(
      answers.every((answer) => ['failed', 'unavailable'].includes(answer)),
      answers.join(),
    )
    await assertLedger(pool, 'PROMO', { wishes, answers })
    await pool.query('DROP TRIGGER refuse ON user_claims')
    assert.equal(countOf(await claimAll(strategy, wishes)), { claimed: 6 })
  },

  'connections ended by the server in mid-flight: every claim is decided, once': async (bench) => {
    const database = await bench.database({ users: 5, coupons: [{ name: 'PROMO', amount: 5 }] })
    const session = await bench.holdCoupon(database, 'PROMO')
    const wishes = wishesOf('PROMO', 5)
    const claiming = claimAll(bench.open(database.url), wishes)
    for (const pid of await untilBlocked(database)) {
      await database.pool.query('SELECT pg_terminate_backend($1::integer)', [pid])
    }
    await untilBlocked(database)
    await session.release()
    const answers = await claiming
    assert.equal(countOf(answers), { claimed: 5 })
    await assertLedger(database.pool, 'PROMO', { wishes, answers })
  },

  'a row held past the deadline: an answer in time, exact afterwards': async (bench) => {
    const database = await bench.database({ users: 5, coupons: [{ name: 'PROMO', amount: 5 }] })
    const session = await bench.holdCoupon(database, 'PROMO')
    const strategy = bench.open(database.url, { timeoutMs })
    const wishes = wishesOf('PROMO', 5).map((wish) => ({ ...wish, key: randomUUID() }))
    const startMs = performance.now()
    assertUndecided(await claimAll(strategy, wishes, timeoutMs))
    assert.ok(performance.now() - startMs < timeoutMs + slackMs, 'answered in time')
    await session.release()
    const again = bench.open(database.url)
    const answers = await claimAll(again, wishes)
    assert.equal(countOf(answers), { claimed: 5 })
    await assertLedger(database.pool, 'PROMO', { wishes, answers })
  },

  'a database that falls silent after it was sent the claim: an answer in time, exact afterwards': async (
    bench,
  ) => {
    const coupons = [
      { name: 'PROMO', amount: 3 },
      { name: 'OTHER', amount: 1 },
    ]
    const database = await bench.database({ users: 3, coupons })
    const session = await bench.holdCoupon(database, 'PROMO')
    const proxy = await bench.proxy(database.url)
    const strategy = bench.open(proxy.url, { timeoutMs })
    // To connect may take longer than the deadline of a claim, and the claim must get as far as the coupon's row.
    await until('it is connected', async () => {
      const [answer = ''] = await claimAll(strategy, wishesOf('OTHER', 1))
      return ['claimed', 'already_claimed'].includes(answer)
    })
    const wishes = wishesOf('PROMO', 3).map((wish) => ({ ...wish, key: randomUUID() }))
    const startMs = performance.now()
    const claiming = claimAll(strategy, wishes, timeoutMs)
    await untilBlocked(database)
    proxy.freeze()
    await session.release()
    assertUndecided(await claiming)
    assert.ok(performance.now() - startMs < timeoutMs + slackMs, 'answered in time')
    proxy.thaw()
    // The same strategy goes on, and what was stored is found by its key.
    const answers = await claimAll(strategy, wishes)
    assert.equal(countOf(answers), { claimed: 3 })
    await assertLedger(database.pool, 'PROMO', { wishes, answers })
  },

  'a database that is silent from the start: an answer in time, nothing stored, then it goes on': async (
    bench,
  ) => {
    const database = await bench.database({ users: 3, coupons: [{ name: 'PROMO', amount: 3 }] })
    const proxy = await bench.proxy(database.url)
    const strategy = bench.open(proxy.url, { timeoutMs })
    proxy.freeze()
    const wishes = wishesOf('PROMO', 3).map((wish) => ({ ...wish, key: randomUUID() }))
    const startMs = performance.now()
    assertUndecided(await claimAll(strategy, wishes, timeoutMs))
    assert.ok(performance.now() - startMs < timeoutMs + slackMs, 'answered in time')
    proxy.thaw()
    assert.equal(countOf(await claimAll(strategy, wishes)), { claimed: 3 })
  },

  'connections cut again and again during a sale: every claim is decided, once': async (bench) => {
    const users = bench.crowd
    const database = await bench.database({ users, coupons: [{ name: 'PROMO', amount: users - 5 }] })
    const proxy = await bench.proxy(database.url)
    const strategy = bench.open(proxy.url, { claim: { batchSizeMax: 10 } })
    const wishes = wishesOf('PROMO', users)
    let isDone = false
    const claiming = claimAll(strategy, wishes, 20_000).finally(() => {
      isDone = true
    })
    for (let turn = 0; turn < 5 && !isDone; turn += 1) {
      const { users: before } = await storedClaims(database.pool, 'PROMO')
      while (!isDone && (await storedClaims(database.pool, 'PROMO')).users.length === before.length);
      proxy.cutAll()
    }
    const answers = await claiming
    assert.equal(countOf(answers), { claimed: users - 5, sold_out: 5 })
    await assertLedger(database.pool, 'PROMO', { wishes, answers })
  },

  'a database that cannot be reached: unavailable, in time': async (bench) => {
    const database = await bench.database({ users: 1, coupons: [{ name: 'PROMO', amount: 1 }] })
    const proxy = await bench.proxy(database.url)
    await proxy.close()
    const strategy = bench.open(proxy.url, { timeoutMs })
    const startMs = performance.now()
    assert.is(await claimOne(strategy, { coupon: 'PROMO', user: 'user_0' }, timeoutMs), 'unavailable')
    assert.ok(performance.now() - startMs < timeoutMs + slackMs, 'answered in time')
  },
}
