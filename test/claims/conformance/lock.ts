import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { Redis } from 'ioredis'
import * as assert from 'uvu/assert'
import type { ClaimStrategy } from '../../../server/claims/claim.ts'
import { createStrategy } from '../../../server/claims/strategies.ts'
import type { Pool } from '../../../server/db/connect.ts'
import { type ClaimBench, untilBlocked } from '../../support/claim-bench.ts'
import {
  type ClaimAnswer,
  claimAll,
  claimOne,
  countOf,
  storedClaims,
  wishesOf,
} from '../../support/claims.ts'
import { until } from '../../support/until.ts'
import { assertLedger, type Cases } from './case.ts'
import { claimFromProcesses } from './exactness.ts'

const lockKey = 'claim:coupon:PROMO'

/** What only the Redis lock can do wrong: it is advice, the database decides. */
export const lockCases: Cases = {
  'with the original’s three tries it undersells and never oversells': async (bench, { claimers }) => {
    const { url, pool } = await bench.database({ users: 60, coupons: [{ name: 'PROMO', amount: 60 }] })
    const remote = bench.remote(url, { hasDefaultLock: true })
    await Promise.all(claimers.map((claimer) => claimer.open(remote)))
    const told = await claimFromProcesses(claimers, wishesOf('PROMO', 60))
    await Promise.all(claimers.map((claimer) => claimer.close()))
    const { claimed = 0, busy = 0, ...others } = countOf(told.answers)
    assert.equal(others, {})
    assert.ok(claimed >= 1 && busy >= 1, `${claimed} claimed, ${busy} busy`)
    await assertLedger(pool, 'PROMO', told)
  },

  'the lock is released after each claim, and only by its holder': async (bench, { redisUrl }) => {
    const database = await bench.database({ users: 2, coupons: [{ name: 'PROMO', amount: 2 }] })
    const redis = new Redis(redisUrl)
    const strategy = bench.open(database.url)
    try {
      assert.is(await claimOne(strategy, { coupon: 'PROMO', user: 'user_0' }), 'claimed')
      assert.is(await redis.get(lockKey), null)
      const session = await bench.holdCoupon(database, 'PROMO')
      const claiming = claimOne(strategy, { coupon: 'PROMO', user: 'user_1' })
      await untilBlocked(database)
      // The lock expired meanwhile and another server has it now.
      await redis.set(lockKey, 'another', 'PX', 5000)
      await session.release()
      assert.is(await claiming, 'claimed')
      assert.is(await redis.get(lockKey), 'another')
    } finally {
      await redis.del(lockKey)
      redis.disconnect()
    }
  },

  'trap 6 (the lock guards the wrong thing): with the lock lost in mid-sale the database is exact': async (
    bench,
    { redisUrl },
  ) => {
    const { url, pool } = await bench.database({ users: 20, coupons: [{ name: 'PROMO', amount: 7 }] })
    const redis = new Redis(redisUrl)
    const wishes = wishesOf('PROMO', 20)
    let isDone = false
    const claiming = claimAll(bench.open(url), wishes).finally(() => {
      isDone = true
    })
    while (!isDone) await redis.flushall()
    redis.disconnect()
    const answers = await claiming
    // Whoever loses each lock before the statement is sent is told so in the end, and nothing was done.
    const { claimed = 0, sold_out = 0, unavailable = 0 } = countOf(answers)
    assert.is(claimed + sold_out + unavailable, 20)
    assert.ok(claimed === 7 || unavailable > 0, `${claimed} claimed, nobody unavailable`)
    assert.ok(sold_out === 0 || claimed === 7, 'nobody hears "sold out" while a unit is left')
    await assertLedger(pool, 'PROMO', { wishes, answers })
  },

  'trap 10 (a gate before the commit): a holder killed in mid-claim loses no unit, and its retry finds it':
    async (bench, { redisUrl }) => {
      const database = await bench.database({ users: 6, coupons: [{ name: 'PROMO', amount: 5 }] })
      const session = await bench.holdCoupon(database, 'PROMO')
      const claimer = await bench.startClaimer()
      await claimer.open(bench.remote(database.url))
      const [first, ...rest] = wishesOf('PROMO', 6)
      const wishes = [{ ...first!, key: randomUUID() }, ...rest]
      const lost = claimer.claim(wishes.slice(0, 1), 10_000).catch(() => 'gone')
      await untilBlocked(database)
      await claimer.kill()
      assert.is(await lost, 'gone')
      // The server notices the dead client only when it is done with the statement.
      await session.release()
      await until('the session of the dead has ended', async () => {
        const { rows } = await database.pool.query(
          `SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'coupon'`,
        )
        return rows.length === 0
      })
      const redis = new Redis(redisUrl)
      assert.is(await redis.exists(lockKey), 1, 'the dead left the lock behind')
      await redis.del(lockKey) // As its expiry does.
      redis.disconnect()
      const answers: ClaimAnswer[] = []
      for (const wish of wishes) answers.push(await claimOne(bench.open(database.url), wish))
      assert.equal(countOf(answers), { claimed: 5, sold_out: 1 })
      await assertLedger(database.pool, 'PROMO', { wishes, answers })
    },

  'whose time has run out does not try for the lock any more': async (bench, { redisUrl }) => {
    const { url } = await bench.database({ users: 1, coupons: [{ name: 'PROMO', amount: 1 }] })
    const redis = new Redis(redisUrl)
    try {
      await redis.set(lockKey, 'another', 'PX', 10_000)
      const strategy = bench.open(url)
      assert.is(await claimOne(strategy, { coupon: 'PROMO', user: 'user_0' }, 200), 'unavailable')
      await redis.config('RESETSTAT')
      await redis.del(lockKey)
      // Of the tries that the lock allows, 30 would come in this time.
      await pause(300)
      assert.not.match(await redis.info('commandstats'), 'cmdstat_set:')
    } finally {
      await redis.del(lockKey)
      redis.disconnect()
    }
  },

  'a close leaves no lock behind, also not of a claim whose time had run out': async (
    bench,
    { redisUrl },
  ) => {
    const database = await bench.database({ users: 1, coupons: [{ name: 'PROMO', amount: 1 }] })
    const redis = new Redis(redisUrl)
    try {
      const session = await bench.holdCoupon(database, 'PROMO')
      const strategy = bench.open(database.url)
      const claiming = claimOne(strategy, { coupon: 'PROMO', user: 'user_0' }, 2_000)
      await untilBlocked(database)
      assert.is(await claiming, 'unknown')
      const closing = strategy.close()
      await session.release()
      await closing
      assert.is(await redis.exists(lockKey), 0)
    } finally {
      await redis.del(lockKey)
      redis.disconnect()
    }
  },

  'a lock that was won without a word is let go of': async (bench, { redisUrl }) => {
    const { url, pool } = await bench.database({ users: 2, coupons: [{ name: 'PROMO', amount: 2 }] })
    const proxy = await bench.proxy(redisUrl)
    const redis = new Redis(redisUrl)
    const strategy = openBehind(bench, { url, pool, redisUrl: proxy.url }, 1_000)
    try {
      assert.is(await claimOne(strategy, { coupon: 'PROMO', user: 'user_0' }), 'claimed')
      proxy.mute()
      assert.is(await claimOne(strategy, { coupon: 'PROMO', user: 'user_1' }, 1_500), 'unavailable')
      await until('the lock is nobody’s', async () => (await redis.exists(lockKey)) === 0, 3_000)
    } finally {
      await strategy.close()
      await redis.del(lockKey)
      redis.disconnect()
    }
  },

  'a Redis that falls silent after the commit: claimed, in time, and the lock is let go of': async (
    bench,
    { redisUrl },
  ) => {
    const database = await bench.database({ users: 1, coupons: [{ name: 'PROMO', amount: 1 }] })
    const proxy = await bench.proxy(redisUrl)
    const redis = new Redis(redisUrl)
    const session = await bench.holdCoupon(database, 'PROMO')
    const strategy = openBehind(bench, { ...database, redisUrl: proxy.url }, 5_000)
    try {
      const claiming = claimOne(strategy, { coupon: 'PROMO', user: 'user_0' }, 2_000)
      await untilBlocked(database)
      proxy.freeze()
      await session.release()
      assert.is(await claiming, 'claimed')
      proxy.thaw()
      await until('the lock is nobody’s', async () => (await redis.exists(lockKey)) === 0, 3_000)
    } finally {
      await strategy.close()
      await redis.del(lockKey)
      redis.disconnect()
    }
  },

  'a Redis that cannot be reached: unavailable, nothing changed': async (bench) => {
    const { url, pool } = await bench.database({ users: 2, coupons: [{ name: 'PROMO', amount: 2 }] })
    const strategy = openBehind(bench, { url, pool, redisUrl: 'redis://127.0.0.1:1' }, 500)
    const answers = await claimAll(strategy, wishesOf('PROMO', 2), 500)
    await strategy.close()
    for (const answer of answers) assert.is(answer, 'unavailable')
    assert.is((await storedClaims(pool, 'PROMO')).remaining, 2)
  },
}

/** The strategy with a Redis of its own, whose commands are given up after `timeoutMs`. */
function openBehind(
  bench: ClaimBench,
  { url, pool, redisUrl }: { readonly url: string; readonly pool: Pool; readonly redisUrl: string },
  timeoutMs: number,
): ClaimStrategy {
  return createStrategy('lock', { ...bench.remote(url, { timeoutMs }), pool, redisUrl })
}
