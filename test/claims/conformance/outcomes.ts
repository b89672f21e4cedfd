import * as assert from 'uvu/assert'
import { claimAll, claimOne, storedClaims } from '../../support/claims.ts'
import { addCoupon } from '../../support/database.ts'
import type { Cases } from './case.ts'

/** What each claim is told, and in which precedence. */
export const outcomeCases: Cases = {
  'a unit is claimed, and its row is stored with its key': async (bench) => {
    const { url, pool } = await bench.database({ users: 1, coupons: [{ name: 'PROMO', amount: 2 }] })
    const key = '0b0e6a3c-9a57-4c11-8a53-0d3f6b1a2c44'
    assert.is(await claimOne(bench.open(url), { coupon: 'PROMO', user: 'user_0', key }), 'claimed')
    const { rows } = await pool.query('SELECT claim_key, created_at, updated_at FROM user_claims')
    assert.is(rows.length, 1)
    assert.is(rows[0].claim_key, key)
    assert.instance(rows[0].created_at, Date)
    assert.equal(await storedClaims(pool, 'PROMO'), { amount: 2, remaining: 1, users: ['user_0'] })
  },

  'unknown coupon, unknown user; of both the coupon is told': async (bench) => {
    const { url, pool } = await bench.database({ users: 1, coupons: [{ name: 'PROMO', amount: 1 }] })
    const strategy = bench.open(url)
    const answers = await claimAll(strategy, [
      { coupon: 'NOBODY_MADE_IT', user: 'user_0' },
      { coupon: 'PROMO', user: 'user_1' },
      { coupon: 'NOBODY_MADE_IT', user: 'user_1' },
      { coupon: 'PROMO', user: 'USER_0' },
    ])
    assert.equal(answers, ['coupon_not_found', 'user_not_found', 'coupon_not_found', 'user_not_found'])
    assert.equal(await storedClaims(pool, 'PROMO'), { amount: 1, remaining: 1, users: [] })
  },

  'an unknown user among known ones takes no unit': async (bench) => {
    const { url, pool } = await bench.database({ users: 2, coupons: [{ name: 'PROMO', amount: 2 }] })
    const users = ['nobody', 'user_0', 'nobody', 'user_1']
    const answers = await claimAll(
      bench.open(url),
      users.map((user) => ({ coupon: 'PROMO', user })),
    )
    assert.equal(answers, ['user_not_found', 'claimed', 'user_not_found', 'claimed'])
    assert.is((await storedClaims(pool, 'PROMO')).remaining, 0)
  },

  'stock 0: sold out, but who holds a unit hears "already claimed", and a stranger "user not found"': async (
    bench,
  ) => {
    const coupons = [
      { name: 'PROMO', amount: 1 },
      { name: 'EMPTY', amount: 0 },
    ]
    const { url, pool } = await bench.database({ users: 2, coupons })
    const strategy = bench.open(url)
    assert.is(await claimOne(strategy, { coupon: 'PROMO', user: 'user_0' }), 'claimed')
    const answers = await claimAll(strategy, [
      { coupon: 'PROMO', user: 'user_0' },
      { coupon: 'PROMO', user: 'user_1' },
      { coupon: 'PROMO', user: 'nobody' },
      { coupon: 'EMPTY', user: 'user_0' },
    ])
    assert.equal(answers, ['already_claimed', 'sold_out', 'user_not_found', 'sold_out'])
    assert.equal(await storedClaims(pool, 'PROMO'), { amount: 1, remaining: 0, users: ['user_0'] })
  },

  'a deleted coupon is not found; its successor of the same name has its own stock': async (bench) => {
    const { url, pool } = await bench.database({ users: 2, coupons: [{ name: 'PROMO', amount: 5 }] })
    const strategy = bench.open(url)
    assert.is(await claimOne(strategy, { coupon: 'PROMO', user: 'user_0' }), 'claimed')
    await pool.query('UPDATE coupons SET deleted_at = now()')
    assert.is(await claimOne(strategy, { coupon: 'PROMO', user: 'user_1' }), 'coupon_not_found')
    await addCoupon(pool, 'PROMO', 1)
    assert.is(await claimOne(strategy, { coupon: 'PROMO', user: 'user_0' }), 'claimed')
    assert.equal(await storedClaims(pool, 'PROMO'), { amount: 1, remaining: 0, users: ['user_0'] })
  },

  'a deleted user is not found': async (bench) => {
    const { url, pool } = await bench.database({ users: 1, coupons: [{ name: 'PROMO', amount: 1 }] })
    await pool.query('UPDATE users SET deleted_at = now()')
    assert.is(await claimOne(bench.open(url), { coupon: 'PROMO', user: 'user_0' }), 'user_not_found')
    assert.is((await storedClaims(pool, 'PROMO')).remaining, 1)
  },
}
