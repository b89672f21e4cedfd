import type pg from 'pg'
import * as assert from 'uvu/assert'
import { sweepDueHolds } from '../../../server/claims/sweep.ts'
import {
  claimAll,
  claimOne,
  countOf,
  decideAll,
  decideOne,
  storedClaims,
  wishesOf,
} from '../../support/claims.ts'
import type { Cases } from './case.ts'

export const change = { actor: 'user_0', reason: 'a test', correlationId: 'test' }
export const soon = () => performance.now() + 10_000

/** What time does, without waiting for it: every hold has run out. */
export async function runOut(pool: pg.Pool): Promise<void> {
  await pool.query(`UPDATE user_claims SET held_until = now() - interval '1 second' WHERE state = 'held'`)
}

export async function statesOf(pool: pg.Pool): Promise<Partial<Record<string, number>>> {
  const { rows } = await pool.query<{ state: string; count: number }>(
    'SELECT state, count(*)::integer AS count FROM user_claims GROUP BY state',
  )
  return Object.fromEntries(rows.map(({ state, count }) => [state, count]))
}

/** Stock that is taken for a while, and comes back. */
export const holdCases: Cases = {
  'a hold takes a unit at once, and is told with its claim and its end': async (bench) => {
    const { url, pool } = await bench.database({ users: 2, coupons: [{ name: 'PROMO', amount: 1 }] })
    const strategy = bench.open(url)
    const decision = await decideOne(strategy, { coupon: 'PROMO', user: 'user_0', holdSeconds: 60 })
    assert.is(decision.outcome, 'claimed')
    const { rows } = await pool.query('SELECT id, state, held_until, created_at FROM user_claims')
    assert.is(decision.claimId, rows[0].id)
    assert.is(rows[0].state, 'held')
    assert.equal(decision.until, rows[0].held_until)
    assert.is(rows[0].held_until.getTime() - rows[0].created_at.getTime(), 60_000)
    assert.is(await claimOne(strategy, { coupon: 'PROMO', user: 'user_1' }), 'sold_out')
    const again = await decideOne(strategy, { coupon: 'PROMO', user: 'user_0' })
    assert.equal(again, { ...decision, outcome: 'already_claimed' })
  },

  'holds and ordinary claims in one crowd: each is stored as it was asked': async (bench) => {
    const { url, pool } = await bench.database({ users: 20, coupons: [{ name: 'PROMO', amount: 15 }] })
    const wishes = wishesOf('PROMO', 20).map((wish, n) => (n % 2 === 0 ? { ...wish, holdSeconds: 9 } : wish))
    const decisions = await decideAll(bench.open(url), wishes)
    const won = decisions.filter((decision) => decision?.outcome === 'claimed')
    assert.is(won.length, 15)
    const held = won.filter((decision) => decision?.until !== null).length
    assert.equal(await statesOf(pool), { held, confirmed: 15 - held })
  },

  'confirmed in time, it stays; confirming again changes nothing': async (bench) => {
    const { url, pool } = await bench.database({ users: 1, coupons: [{ name: 'PROMO', amount: 1 }] })
    const life = bench.openLife(url)
    const { claimId } = await decideOne(bench.open(url), { coupon: 'PROMO', user: 'user_0', holdSeconds: 60 })
    for (let turn = 0; turn < 2; turn += 1)
      assert.is(await life.confirm(claimId!, change, soon()), 'confirmed')
    await pool.query(`UPDATE user_claims SET held_until = now() - interval '1 second'`)
    assert.is(await sweepDueHolds(pool), 0)
    assert.equal(await statesOf(pool), { confirmed: 1 })
    const { rows } = await pool.query('SELECT state, actor, reason, correlation_id FROM claim_events')
    assert.equal(rows, [{ state: 'confirmed', actor: 'user_0', reason: 'a test', correlation_id: 'test' }])
  },

  'past its end it cannot be confirmed, swept or not': async (bench) => {
    const { url, pool } = await bench.database({ users: 1, coupons: [{ name: 'PROMO', amount: 1 }] })
    const life = bench.openLife(url)
    const { claimId } = await decideOne(bench.open(url), { coupon: 'PROMO', user: 'user_0', holdSeconds: 60 })
    await runOut(pool)
    assert.is(await life.confirm(claimId!, change, soon()), 'expired')
    assert.is(await sweepDueHolds(pool), 1)
    assert.is(await life.confirm(claimId!, change, soon()), 'expired')
    assert.is(await life.release(claimId!, change, soon()), 'expired')
    assert.equal(await storedClaims(pool, 'PROMO'), { amount: 1, remaining: 1, users: [] })
  },

  'nobody hears "sold out" for the sake of a hold that has run out and was not swept': async (bench) => {
    const { url, pool } = await bench.database({ users: 6, coupons: [{ name: 'PROMO', amount: 3 }] })
    const strategy = bench.open(url)
    const held = wishesOf('PROMO', 3).map((wish) => ({ ...wish, holdSeconds: 60 }))
    assert.equal(countOf(await claimAll(strategy, held)), { claimed: 3 })
    await runOut(pool)
    // The first two are new, the third had the hold that ran out.
    const next = [...wishesOf('PROMO', 5, 3), ...wishesOf('PROMO', 1)]
    assert.equal(countOf(await claimAll(strategy, next)), { claimed: 3 })
    assert.is(await claimOne(strategy, { coupon: 'PROMO', user: 'user_5' }), 'sold_out')
    assert.equal(await statesOf(pool), { expired: 3, confirmed: 3 })
  },

  'many processes sweep at once, one of them dies: each unit comes back exactly once': async (
    bench,
    { claimers },
  ) => {
    const users = 300
    const coupons = ['A', 'B'].map((name) => ({ name, amount: users }))
    const { url, pool } = await bench.database({ users, coupons })
    await pool.query(
      `INSERT INTO user_claims (user_id, coupon_id, state, held_until)
       SELECT u.id, c.id, 'held', now() - interval '1 second' FROM users u CROSS JOIN coupons c`,
    )
    await pool.query('UPDATE coupons SET remaining_amount = 0')
    const dying = await bench.startClaimer()
    for (const claimer of [...claimers, dying]) await claimer.open(bench.remote(url))
    const lost = dying.sweep().catch(() => 0)
    const swept = Promise.all(claimers.map((claimer) => claimer.sweep()))
    await dying.kill()
    await Promise.all([lost, swept])
    await sweepDueHolds(pool)
    for (const claimer of claimers) await claimer.close()
    assert.equal(await statesOf(pool), { expired: users * 2 })
    for (const name of ['A', 'B']) assert.is((await storedClaims(pool, name)).remaining, users)
    const { rows } = await pool.query(
      'SELECT count(*)::integer AS n, count(DISTINCT claim_id)::integer AS d FROM claim_events',
    )
    assert.equal(rows, [{ n: users * 2, d: users * 2 }])
  },

  'trap 7 (the way back is unguarded): 200 releases at once, from several processes, return one unit': async (
    bench,
    { claimers },
  ) => {
    const { url, pool } = await bench.database({ users: 2, coupons: [{ name: 'PROMO', amount: 2 }] })
    const decisions = await decideAll(bench.open(url), wishesOf('PROMO', 2))
    const ids = Array.from({ length: 50 }, () => decisions[0]!.claimId!)
    const life = bench.openLife(url)
    for (const claimer of claimers) await claimer.open(bench.remote(url))
    const told = await Promise.all([
      ...claimers.map((claimer) => claimer.change('release', ids)),
      Promise.all(ids.map((id) => life.release(id, change, soon()))),
    ])
    for (const claimer of claimers) await claimer.close()
    assert.is(told.flat().length, 200)
    assert.ok(told.flat().every((outcome) => outcome === 'released'))
    assert.equal(await storedClaims(pool, 'PROMO'), { amount: 2, remaining: 1, users: ['user_1'] })
    const { rows } = await pool.query(`SELECT count(*)::integer AS n FROM claim_events`)
    assert.is(rows[0].n, 1, 'one event of one change')
  },

  'given back, a unit can be had by another, and again by the same user': async (bench) => {
    const { url, pool } = await bench.database({ users: 2, coupons: [{ name: 'PROMO', amount: 1 }] })
    const strategy = bench.open(url)
    const life = bench.openLife(url)
    for (const user of ['user_0', 'user_1', 'user_0', 'user_0']) {
      const { outcome, claimId } = await decideOne(strategy, { coupon: 'PROMO', user })
      assert.is(outcome, 'claimed', user)
      assert.is(await life.release(claimId!, change, soon()), 'released')
      assert.is(await life.confirm(claimId!, change, soon()), 'released')
    }
    assert.equal(await statesOf(pool), { released: 4 })
    assert.is((await storedClaims(pool, 'PROMO')).remaining, 1)
  },

  'a coupon that is not reclaimable: who gave it back hears "already claimed", others have the unit': async (
    bench,
  ) => {
    const { url, pool } = await bench.database({ users: 2, coupons: [{ name: 'PROMO', amount: 1 }] })
    await pool.query('UPDATE coupons SET reclaimable = false')
    const strategy = bench.open(url)
    const life = bench.openLife(url)
    const first = await decideOne(strategy, { coupon: 'PROMO', user: 'user_0' })
    assert.is(await life.release(first.claimId!, change, soon()), 'released')
    const again = await decideOne(strategy, { coupon: 'PROMO', user: 'user_0', holdSeconds: 60 })
    assert.equal([again.outcome, again.claimId], ['already_claimed', first.claimId])
    assert.is(await claimOne(strategy, { coupon: 'PROMO', user: 'user_1', holdSeconds: 60 }), 'claimed')
    await runOut(pool)
    assert.is(await claimOne(strategy, { coupon: 'PROMO', user: 'user_1' }), 'already_claimed')
    assert.equal(await statesOf(pool), { released: 1, expired: 1 })
  },

  'claims and releases of a crowd, over and over: the stock stays exact, nobody has two': async (bench) => {
    const users = bench.crowd
    const amount = Math.ceil(users / 3)
    const { url, pool } = await bench.database({ users, coupons: [{ name: 'PROMO', amount }] })
    const strategy = bench.open(url)
    const life = bench.openLife(url)
    const answers = await Promise.all(
      wishesOf('PROMO', users).map(async (wish, n) => {
        const { outcome, claimId } = await decideOne(strategy, wish)
        if (outcome !== 'claimed' || n % 2 === 1) return outcome
        return life.release(claimId!, change, soon())
      }),
    )
    const kept = answers.filter((answer) => answer === 'claimed').length
    const stored = await storedClaims(pool, 'PROMO')
    assert.is(stored.users.length, kept)
    assert.is(stored.remaining, amount - kept)
    assert.is(new Set(stored.users).size, kept)
  },

  'a claim that does not exist is not found': async (bench) => {
    const { url } = await bench.database()
    const life = bench.openLife(url)
    assert.is(await life.confirm('4711', change, soon()), 'not_found')
    assert.is(await life.release('4711', change, soon()), 'not_found')
  },
}
