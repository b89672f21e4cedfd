import { randomUUID } from 'node:crypto'
import { setImmediate as turn } from 'node:timers/promises'
import * as assert from 'uvu/assert'
import { untilBlocked } from '../../support/claim-bench.ts'
import { claimAll, claimOne, countOf, storedClaims, wishesOf } from '../../support/claims.ts'
import { assertLedger, type Cases } from './case.ts'

/** Limits, callers who leave, and the end. */
export const closingCases: Cases = {
  'close in mid-flight answers everything that was accepted, and only then is it closed': async (bench) => {
    const database = await bench.database({ users: 20, coupons: [{ name: 'PROMO', amount: 15 }] })
    const session = await bench.holdCoupon(database, 'PROMO')
    const strategy = bench.open(database.url)
    const wishes = wishesOf('PROMO', 20)
    let settled = 0
    const claiming = Promise.all(
      wishes.map((wish) =>
        claimOne(strategy, wish).finally(() => {
          settled += 1
        }),
      ),
    )
    await untilBlocked(database)
    let isClosed = false
    const closing = strategy.close().then(() => {
      isClosed = true
    })
    assert.is(await claimOne(strategy, { coupon: 'PROMO', user: 'user_0' }), 'overloaded')
    await turn()
    assert.not.ok(isClosed, 'it is not closed while claims are under way')
    await session.release()
    await closing
    await turn()
    assert.is(settled, 20, 'all were answered when it was closed')
    const answers = await claiming
    assert.equal(countOf(answers), { claimed: 15, sold_out: 5 })
    await assertLedger(database.pool, 'PROMO', { wishes, answers })
  },

  'a claim after close is told "overloaded", and closing again is fine': async (bench) => {
    const { url, pool } = await bench.database({ users: 1, coupons: [{ name: 'PROMO', amount: 1 }] })
    const strategy = bench.open(url)
    await strategy.close()
    assert.is(await claimOne(strategy, { coupon: 'PROMO', user: 'user_0' }), 'overloaded')
    await strategy.close()
    assert.is((await storedClaims(pool, 'PROMO')).remaining, 1)
  },

  'a full queue: the claims over it are told "overloaded" at once, the others win': async (bench) => {
    const database = await bench.database({ users: 40, coupons: [{ name: 'PROMO', amount: 40 }] })
    const session = await bench.holdCoupon(database, 'PROMO')
    const strategy = bench.open(database.url, { claim: { queueSizeMax: 6, batchSizeMax: 2 } })
    const wishes = wishesOf('PROMO', 40)
    let overloaded = 0
    const claiming = Promise.all(
      wishes.map(async (wish) => {
        const answer = await claimOne(strategy, wish)
        if (answer === 'overloaded') overloaded += 1
        return answer
      }),
    )
    await untilBlocked(database)
    assert.ok(overloaded >= 30, `${overloaded} of 40 were refused while the row was held`)
    await session.release()
    const answers = await claiming
    assert.equal(countOf(answers), { claimed: 40 - overloaded, overloaded })
    await assertLedger(database.pool, 'PROMO', { wishes, answers })
    assert.is(
      await claimOne(strategy, { coupon: 'PROMO', user: 'user_39' }),
      'claimed',
      'there is room again',
    )
  },

  'a claim whose caller has gone before it was sent is dropped': async (bench) => {
    const database = await bench.database({ users: 12, coupons: [{ name: 'PROMO', amount: 12 }] })
    const session = await bench.holdCoupon(database, 'PROMO')
    const strategy = bench.open(database.url, { claim: { batchSizeMax: 1 } })
    let isGone = false
    const claim = (user: string, isAbandoned?: () => boolean) =>
      strategy.claim({
        couponName: 'PROMO',
        username: user,
        claimKey: randomUUID(),
        deadlineMs: performance.now() + 10_000,
        isAbandoned,
      })
    // The pool has four connections: the claims behind the first four wait unsent in every strategy.
    const first = [0, 1, 2, 3].map((n) => claim(`user_${n}`))
    const second = [4, 5, 6, 7].map((n) => claim(`user_${n}`, () => isGone))
    await untilBlocked(database)
    isGone = true
    await session.release()
    assert.equal(countOf((await Promise.all(first)).map(({ outcome }) => outcome)), { claimed: 4 })
    assert.equal(countOf((await Promise.all(second)).map(({ outcome }) => outcome)), { abandoned: 4 })
    assert.equal((await storedClaims(database.pool, 'PROMO')).users.length, 4)
  },

  'a deadline that has passed already: nothing is sent': async (bench) => {
    const { url, pool } = await bench.database({ users: 3, coupons: [{ name: 'PROMO', amount: 3 }] })
    const strategy = bench.open(url)
    const answers = await claimAll(strategy, wishesOf('PROMO', 3), -1)
    for (const answer of answers) assert.is(answer, 'unavailable')
    await strategy.close()
    assert.is((await storedClaims(pool, 'PROMO')).remaining, 3)
  },
}
