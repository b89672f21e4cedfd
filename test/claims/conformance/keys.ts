import { randomUUID } from 'node:crypto'
import * as assert from 'uvu/assert'
import { untilBlocked } from '../../support/claim-bench.ts'
import { claimOne, decideAll, decideOne, storedClaims, wishesOf } from '../../support/claims.ts'
import type { Cases } from './case.ts'
import { change, soon } from './holds.ts'

/** A claim whose caller chose the key. */
const keyed = (user: string, coupon = 'PROMO') => ({
  coupon,
  user,
  key: randomUUID(),
  payloadHash: randomUUID(),
})

/** One answer a key, whatever happens to the connection, the process or the stock in between. */
export const keyCases: Cases = {
  'the same key on 50 connections at once, in two processes: one claim and 50 equal answers': async (
    bench,
    { claimers },
  ) => {
    const { url, pool } = await bench.database({ users: 2, coupons: [{ name: 'PROMO', amount: 9 }] })
    const two = claimers.slice(0, 2)
    for (const claimer of two) await claimer.open(bench.remote(url))
    const wishes = Array.from({ length: 25 }, () => undefined)
    const wish = keyed('user_0')
    const decisions = (
      await Promise.all(
        two.map((claimer) =>
          claimer.decide(
            wishes.map(() => wish),
            10_000,
          ),
        ),
      )
    ).flat()
    for (const claimer of two) await claimer.close()
    const { rows } = await pool.query('SELECT id FROM user_claims')
    assert.is(rows.length, 1)
    for (const decision of decisions) {
      assert.is(decision?.outcome, 'claimed')
      assert.is(decision?.claimId, rows[0].id)
    }
    assert.is(decisions.filter((decision) => decision?.isReplay === false).length, 1, 'one is the first')
    assert.is((await storedClaims(pool, 'PROMO')).remaining, 8)
  },

  'the first answer again: after it was sold out, and after the claim was given back': async (bench) => {
    const { url, pool } = await bench.database({ users: 3, coupons: [{ name: 'PROMO', amount: 1 }] })
    const won = keyed('user_0')
    const first = await decideOne(bench.open(url), { ...won, holdSeconds: 60 })
    const lost = keyed('user_1')
    const refused = await decideOne(bench.open(url), lost)
    assert.equal([first.outcome, refused.outcome], ['claimed', 'sold_out'])
    // Another strategy object stands for the process that was started again.
    const later = bench.open(url)
    assert.equal(await decideOne(later, { ...won, holdSeconds: 60 }), { ...first, isReplay: true })
    assert.is(await bench.openLife(url).release(first.claimId!, change, soon()), 'released')
    assert.equal(await decideOne(later, lost), { ...refused, isReplay: true })
    assert.equal(await decideOne(later, { ...won, holdSeconds: 60 }), { ...first, isReplay: true })
    assert.equal(await storedClaims(pool, 'PROMO'), { amount: 1, remaining: 1, users: [] })
    assert.is(await claimOne(later, keyed('user_1')), 'claimed', 'a new key is a new request')
  },

  'the same key with another payload is refused, at once and later, and takes nothing': async (bench) => {
    const database = await bench.database({
      users: 2,
      coupons: [
        { name: 'PROMO', amount: 5 },
        { name: 'OTHER', amount: 5 },
      ],
    })
    const strategy = bench.open(database.url)
    const wish = keyed('user_0')
    const other = { ...wish, coupon: 'OTHER', payloadHash: randomUUID() }
    const session = await bench.holdCoupon(database, 'PROMO')
    const first = decideOne(strategy, wish)
    assert.is(await claimOne(strategy, other), 'key_reused', 'while the first is under way')
    await session.release()
    assert.is((await first).outcome, 'claimed')
    assert.is(await claimOne(strategy, other), 'key_reused', 'afterwards')
    assert.is(await claimOne(bench.open(database.url), other), 'key_reused', 'in another process')
    assert.is((await storedClaims(database.pool, 'OTHER')).remaining, 5)
    assert.is((await storedClaims(database.pool, 'PROMO')).remaining, 4)
  },

  'one key for two coupons in two processes at once: one of them has it, the other is refused': async (
    bench,
    { claimers },
  ) => {
    const coupons = ['A', 'B'].map((name) => ({ name, amount: 20 }))
    const { url, pool } = await bench.database({ users: 20, coupons })
    const two = claimers.slice(0, 2)
    for (const claimer of two) await claimer.open(bench.remote(url))
    const keys = wishesOf('A', 20).map(({ user }) => keyed(user))
    const [a, b] = await Promise.all(
      two.map((claimer, n) =>
        claimer.claim(
          // In opposite orders, so that the two processes meet in the middle.
          (n === 0 ? keys : [...keys].reverse()).map((wish) => ({
            ...wish,
            coupon: n === 0 ? 'A' : 'B',
            payloadHash: randomUUID(),
          })),
          10_000,
        ),
      ),
    )
    for (const claimer of two) await claimer.close()
    b!.reverse()
    for (const [n, answer] of a!.entries()) {
      assert.equal([answer, b![n]].sort(), ['claimed', 'key_reused'], `key ${n}`)
    }
    const stored = await Promise.all(['A', 'B'].map((name) => storedClaims(pool, name)))
    assert.is(stored[0]!.remaining + stored[1]!.remaining, 20)
  },

  'one that waits too long for the first is told so, and can find the answer later': async (bench) => {
    const database = await bench.database({ users: 1, coupons: [{ name: 'PROMO', amount: 1 }] })
    const strategy = bench.open(database.url)
    const session = await bench.holdCoupon(database, 'PROMO')
    const wish = keyed('user_0')
    const first = decideOne(strategy, wish)
    await untilBlocked(database)
    assert.is(await claimOne(strategy, wish, 50), 'in_progress')
    await session.release()
    const answer = await first
    assert.is(answer.outcome, 'claimed')
    assert.equal(await decideOne(strategy, wish), { ...answer, isReplay: true })
  },

  'the first one’s client has gone before it was sent: the next one with its key is decided': async (
    bench,
  ) => {
    const { url } = await bench.database({ users: 1, coupons: [{ name: 'PROMO', amount: 1 }] })
    const strategy = bench.open(url)
    const { coupon: couponName, user: username, key: claimKey, payloadHash } = keyed('user_0')
    const request = { couponName, username, claimKey, payloadHash, deadlineMs: soon() }
    const [first, second] = await Promise.all([
      strategy.claim({ ...request, isAbandoned: () => true }),
      strategy.claim(request),
    ])
    assert.equal([first.outcome, second.outcome], ['abandoned', 'claimed'])
  },

  'trap 9, the other half: an attempt that still waits for the lock finds what its retry was told': async (
    bench,
  ) => {
    const database = await bench.database({ users: 2, coupons: [{ name: 'PROMO', amount: 1 }] })
    const proxy = await bench.proxy(database.url)
    const session = await bench.holdCoupon(database, 'PROMO')
    const wish = { coupon: 'PROMO', user: 'user_0', key: randomUUID() }
    const claiming = decideOne(bench.open(proxy.url), wish)
    await untilBlocked(database)
    // The answer of the first attempt is lost, its session waits on; the retry waits behind it.
    proxy.cutAll()
    await untilBlocked(database, 2)
    await session.query(`UPDATE coupons SET remaining_amount = 0, amount = 0`)
    await session.release()
    const told = await claiming
    await database.pool.query(`UPDATE coupons SET amount = 1, remaining_amount = 1`)
    assert.is(told.outcome, 'sold_out')
    // What the lost attempt would do if it came as late as this.
    const { rows } = await database.pool.query(
      `SELECT outcomes, replays FROM claim_coupons(ARRAY['PROMO'], NULL, ARRAY['user_0'], ARRAY[$1::uuid], NULL, NULL, false)`,
      [wish.key],
    )
    assert.equal(rows, [{ outcomes: 'sold_out', replays: 't' }])
    assert.is((await storedClaims(database.pool, 'PROMO')).remaining, 1)
  },

  'keys of a crowd: as exact as without, and each answer is kept': async (bench) => {
    const users = bench.crowd
    const amount = Math.ceil(users / 2)
    const { url, pool } = await bench.database({ users, coupons: [{ name: 'PROMO', amount }] })
    const wishes = wishesOf('PROMO', users).map(({ user }) => keyed(user))
    const first = await decideAll(bench.open(url), wishes)
    assert.is(first.filter((decision) => decision?.outcome === 'claimed').length, amount)
    const again = await decideAll(bench.open(url), wishes)
    assert.equal(
      again,
      first.map((decision) => ({ ...decision, isReplay: true })),
    )
    assert.is((await storedClaims(pool, 'PROMO')).remaining, 0)
  },
}
