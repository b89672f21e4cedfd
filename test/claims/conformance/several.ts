import { randomUUID } from 'node:crypto'
import * as assert from 'uvu/assert'
import { untilBlocked } from '../../support/claim-bench.ts'
import { claimAll, claimOne, countOf, storedClaims, type Wish, wishesOf } from '../../support/claims.ts'
import { createRandom } from '../../support/random.ts'
import { assertLedger, type Cases } from './case.ts'
import { claimFromProcesses } from './exactness.ts'
import { refuseClaimsOf } from './traps.ts'

const coupons = ['A', 'B', 'C', 'D', 'E', 'F']

const amountOf = (amount: number) => coupons.map((name) => ({ name, amount }))

/** Everybody's wish for every coupon, the coupons in turn. */
function wishesForAll(users: number): Wish[] {
  return Array.from({ length: users }, (_, user) =>
    coupons.map((coupon) => ({ coupon, user: `user_${user}` })),
  ).flat()
}

function shuffled<T>(items: readonly T[], seed: number): T[] {
  const random = createRandom(seed)
  return items
    .map((item) => ({ item, place: random.next(1e9) }))
    .sort((one, other) => one.place - other.place)
    .map(({ item }) => item)
}

/** Several coupons are stormed at the same time. */
export const severalCases: Cases = {
  'several coupons at once, three processes: each is sold exactly': async (bench, { claimers }) => {
    const users = bench.crowd / 6
    const quota = Math.ceil(users / 2)
    const { url, pool } = await bench.database({ users, coupons: amountOf(quota) })
    await Promise.all(claimers.map((claimer) => claimer.open(bench.remote(url))))
    const told = await claimFromProcesses(claimers, shuffled(wishesForAll(users), 7))
    const again = await claimFromProcesses(claimers, shuffled(wishesForAll(users), 8))
    await Promise.all(claimers.map((claimer) => claimer.close()))
    assert.equal(countOf(told.answers), { claimed: quota * 6, sold_out: (users - quota) * 6 })
    assert.equal(countOf(again.answers), { already_claimed: quota * 6, sold_out: (users - quota) * 6 })
    for (const coupon of coupons) {
      const own = told.wishes.flatMap((wish, index) =>
        wish.coupon === coupon ? [[wish, told.answers[index]!] as const] : [],
      )
      const [wishes, answers] = [own.map(([wish]) => wish), own.map(([, answer]) => answer)]
      await assertLedger(pool, coupon, { wishes, answers })
    }
  },

  'one of them held by somebody else: the others are sold at once, and it when it is free': async (bench) => {
    const database = await bench.database({ users: 4, coupons: amountOf(3) })
    const session = await bench.holdCoupon(database, 'C')
    const strategy = bench.open(database.url)
    const held = claimAll(strategy, wishesOf('C', 2))
    const others = await claimAll(
      strategy,
      wishesForAll(4).filter(({ coupon }) => coupon !== 'C'),
    )
    assert.equal(countOf(others), { claimed: 15, sold_out: 5 })
    await untilBlocked(database)
    await session.release()
    assert.equal(countOf(await held), { claimed: 2 })
    assert.is((await storedClaims(database.pool, 'C')).remaining, 1)
  },

  'each of them has its own answer: unknown coupons, unknown users, the same user twice, who has it': async (
    bench,
  ) => {
    const { url, pool } = await bench.database({ users: 3, coupons: amountOf(2) })
    const strategy = bench.open(url)
    assert.is(await claimOne(strategy, { coupon: 'B', user: 'user_0' }), 'claimed')
    const answers = await claimAll(strategy, [
      { coupon: 'A', user: 'user_0' },
      { coupon: 'NO', user: 'user_0' },
      { coupon: 'B', user: 'user_0' },
      { coupon: 'C', user: 'nobody' },
      { coupon: 'C', user: 'user_1' },
      { coupon: 'B', user: 'user_1' },
    ])
    assert.equal(answers, [
      'claimed',
      'coupon_not_found',
      'already_claimed',
      'user_not_found',
      'claimed',
      'claimed',
    ])
    const twice = await claimAll(strategy, [
      { coupon: 'D', user: 'user_2' },
      { coupon: 'E', user: 'user_2' },
      { coupon: 'D', user: 'user_2' },
    ])
    assert.equal([...twice].sort(), ['already_claimed', 'claimed', 'claimed'])
    assert.equal((await storedClaims(pool, 'B')).remaining, 0)
  },

  'holds of one of them have run out: their units go to who comes, beside the others': async (bench) => {
    const { url, pool } = await bench.database({ users: 4, coupons: amountOf(1) })
    const strategy = bench.open(url)
    assert.is(await claimOne(strategy, { coupon: 'B', user: 'user_0', holdSeconds: 60 }), 'claimed')
    await pool.query(`UPDATE user_claims SET held_until = now() - interval '1 second'`)
    const answers = await claimAll(
      strategy,
      coupons.map((coupon) => ({ coupon, user: 'user_1' })),
    )
    assert.equal(countOf(answers), { claimed: 6 })
    for (const coupon of coupons) {
      assert.equal((await storedClaims(pool, coupon)).users, ['user_1'], coupon)
    }
  },

  'one poisonous claim among several coupons fails alone': async (bench) => {
    const { url, pool } = await bench.database({ users: 3, coupons: amountOf(3) })
    await pool.query(refuseClaimsOf(`= 'user_1'`))
    const answers = await claimAll(bench.open(url), wishesForAll(3))
    assert.equal(countOf(answers).claimed, 12)
    for (const coupon of coupons) {
      assert.equal([...(await storedClaims(pool, coupon)).users].sort(), ['user_0', 'user_2'], coupon)
    }
  },

  'connections cut again and again while several coupons are sold: every claim is decided, once': async (
    bench,
  ) => {
    const users = bench.crowd / 6
    const database = await bench.database({ users, coupons: amountOf(users - 1) })
    const proxy = await bench.proxy(database.url)
    const strategy = bench.open(proxy.url, { claim: { batchSizeMax: 20 } })
    const wishes = shuffled(wishesForAll(users), 3).map((wish) => ({ ...wish, key: randomUUID() }))
    const stored = async () =>
      (await database.pool.query('SELECT count(*)::integer AS count FROM user_claims')).rows[0].count
    let isDone = false
    const claiming = claimAll(strategy, wishes, 20_000).finally(() => {
      isDone = true
    })
    for (let turn = 0; turn < 5 && !isDone; turn += 1) {
      const before = await stored()
      while (!isDone && (await stored()) === before);
      proxy.cutAll()
    }
    const answers = await claiming
    assert.equal(countOf(answers), { claimed: (users - 1) * 6, sold_out: 6 })
    for (const coupon of coupons) {
      const { remaining, users: holders } = await storedClaims(database.pool, coupon)
      assert.is(remaining, 0)
      assert.is(new Set(holders).size, users - 1)
    }
  },
}
