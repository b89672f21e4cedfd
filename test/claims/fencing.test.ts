/**
 * What becomes of a claim whose holder of the lock is frozen for longer than the lock lasts: real processes, Redis and
 * Postgres. docs/reliability.md tells of it.
 */
import { randomUUID } from 'node:crypto'
import { Redis } from 'ioredis'
import type pg from 'pg'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type ProvidedRedis, provideRedis } from '../../server/redis/provide.ts'
import { type ClaimBench, createClaimBench, defaults, untilBlocked } from '../support/claim-bench.ts'
import { type Claimer, startFreezingClaimer } from '../support/claimers.ts'
import { claimOne, decideOne, storedClaims } from '../support/claims.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { until } from '../support/until.ts'

interface Stage {
  readonly bench: ClaimBench
  readonly redis: Redis
  readonly holders: Claimer[]
}

const test = suite<Stage>('claims: fencing')
const lockKey = 'claim:coupon:PROMO'
/** Long enough for a busy machine to get from the lock to the statement, or the story does not take place. */
const expiryMs = 2000
const claim = { lock: { expiryMs, tries: 2000, delayMs: 10 } }
let provided: ProvidedRedis

test.before(async () => {
  provided = await provideRedis()
})

test.after(() => provided.close())

test.before.each(async (stage) => {
  const redis = new Redis(provided.url)
  await redis.flushall()
  Object.assign(stage, { bench: createClaimBench('lock', provided.url), redis, holders: [] })
})

test.after.each(async ({ bench, redis, holders }) => {
  for (const holder of holders) await holder.kill()
  redis.disconnect()
  await bench.close()
})

const fenceOf = async (pool: pg.Pool): Promise<number> => {
  const { rows } = await pool.query<{ fence: string }>('SELECT fence FROM claim_fences')
  assert.is(rows.length, 1)
  return Number(rows[0]!.fence)
}

const numbersDrawn = async (pool: pg.Pool): Promise<number> => {
  const { rows } = await pool.query(
    'SELECT CASE WHEN is_called THEN last_value ELSE 0 END::integer AS drawn FROM claim_fence_seq',
  )
  return rows[0].drawn
}

interface Frozen {
  /** Sets the process going until it has answered. */
  thawed(): Promise<string>
}

/** A process that has won the lock for user_0's claim, and is frozen before the statement. */
async function freezeHolder(
  { bench, redis, holders }: Stage,
  url: string,
  { before, isUnfenced = false, tries = 2000 }: { before: string; isUnfenced?: boolean; tries?: number },
): Promise<Frozen> {
  const holder = await startFreezingClaimer(before)
  holders.push(holder)
  const remote = bench.remote(url, { claim: { lock: { ...claim.lock, tries } }, timeoutMs: 60_000 })
  await holder.open({ ...remote, isUnfenced })
  let answer: string | undefined
  const answered = holder.claim([{ coupon: 'PROMO', user: 'user_0' }], 60_000).then(([told]) => {
    answer = told
  })
  answered.catch(() => {})
  await until('the lock is won', async () => (await redis.exists(lockKey)) === 1)
  return {
    thawed: async () => {
      await until('the holder has answered', () => {
        holder.thaw()
        return answer !== undefined
      })
      await answered
      return answer!
    },
  }
}

const untilExpired = (redis: Redis) =>
  until('the lock has expired', async () => (await redis.exists(lockKey)) === 0)

const promo = (amount: number) => ({ users: 4, coupons: [{ name: 'PROMO', amount }] })

test('without a fence: who was frozen past the expiry claims beside the next holder, and the stock is exact', async (stage) => {
  const { bench, redis } = stage
  const { url, pool } = await bench.database(promo(2))
  const frozen = await freezeHolder(stage, url, { before: 'claim_batch', isUnfenced: true })
  await untilExpired(redis)
  // While the next holder is at work, the first one is set going in the belief that the lock is its own.
  const session = await bench.holdCoupon({ url, pool } as TestDatabase, 'PROMO')
  const next = claimOne(bench.open(url, { claim }), { coupon: 'PROMO', user: 'user_1' })
  await until('the next holder has the lock', async () => (await redis.exists(lockKey)) === 1)
  const first = frozen.thawed()
  await untilBlocked({ url, pool } as TestDatabase, 2)
  await session.release()
  assert.equal([await first, await next], ['claimed', 'claimed'], 'both were holders at once')
  assert.equal((await storedClaims(pool, 'PROMO')).remaining, 0)
  assert.is(await claimOne(bench.open(url, { claim }), { coupon: 'PROMO', user: 'user_2' }), 'sold_out')
})

for (const { amount, told } of [
  { amount: 2, told: 'claimed' },
  { amount: 1, told: 'sold_out' },
]) {
  test(`of ${amount}: who was frozen past the expiry is refused by the fence, takes the lock anew, and is told ${told}`, async (stage) => {
    const { bench, redis } = stage
    const { url, pool } = await bench.database(promo(amount))
    const frozen = await freezeHolder(stage, url, { before: 'claim_fenced' })
    await untilExpired(redis)
    const drawn = await numbersDrawn(pool)
    assert.is(await claimOne(bench.open(url, { claim }), { coupon: 'PROMO', user: 'user_1' }), 'claimed')
    const fence = await fenceOf(pool)
    assert.ok(fence > drawn, 'the next holder has a higher number')
    assert.is(await frozen.thawed(), told)
    assert.ok((await fenceOf(pool)) > fence, 'it was decided under a lock of its own')
    assert.is((await storedClaims(pool, 'PROMO')).users.length, amount)
  })
}

test('a Redis that is flushed while the lock is held: the next holder has a higher number, the first one is refused', async (stage) => {
  const { bench, redis } = stage
  const { url, pool } = await bench.database(promo(3))
  assert.is(await claimOne(bench.open(url, { claim }), { coupon: 'PROMO', user: 'user_2' }), 'claimed')
  const before = await fenceOf(pool)
  const frozen = await freezeHolder(stage, url, { before: 'claim_fenced' })
  await until('it has drawn its number', async () => (await numbersDrawn(pool)) > before)
  await redis.flushall()
  assert.is(await claimOne(bench.open(url, { claim }), { coupon: 'PROMO', user: 'user_1' }), 'claimed')
  const fence = await fenceOf(pool)
  assert.ok(fence > before + 1)
  assert.is(await frozen.thawed(), 'claimed')
  assert.ok((await fenceOf(pool)) > fence)
  assert.is((await storedClaims(pool, 'PROMO')).remaining, 0)
})

test('frozen before it has a number: it draws the highest one, and sends nothing with it', async (stage) => {
  const { bench, redis } = stage
  const { url, pool } = await bench.database(promo(2))
  const frozen = await freezeHolder(stage, url, { before: 'next_fence', tries: 1 })
  await untilExpired(redis)
  const session = await bench.holdCoupon({ url, pool } as TestDatabase, 'PROMO')
  const patient = { lock: { ...defaults.claim.lock, expiryMs: 60_000 } }
  const next = claimOne(bench.open(url, { claim: patient }), { coupon: 'PROMO', user: 'user_1' })
  await untilBlocked({ url, pool } as TestDatabase)
  assert.is(await frozen.thawed(), 'busy', 'the lock is the next holder’s')
  await session.release()
  assert.is(await next, 'claimed', 'who holds the lock is not refused')
  assert.equal((await storedClaims(pool, 'PROMO')).users, ['user_1'])
})

test('stored, its answer lost, and the lock lost before the retry: the claim is found under the next lock', async (stage) => {
  const { bench, redis } = stage
  const { url, pool } = await bench.database(promo(2))
  const proxy = await bench.proxy(url)
  proxy.loseAnswersTo('claim_coupon_fenced', 1)
  const frozen = await freezeHolder(stage, proxy.url, { before: 'claim_fenced:2' })
  await until('it is stored', async () => (await storedClaims(pool, 'PROMO')).remaining === 1)
  await untilExpired(redis)
  assert.is(await claimOne(bench.open(url, { claim }), { coupon: 'PROMO', user: 'user_1' }), 'claimed')
  assert.is(await frozen.thawed(), 'claimed')
  assert.equal((await storedClaims(pool, 'PROMO')).users, ['user_0', 'user_1'])
})

test('the same, and nobody can have the lock again: nobody knows, so "busy" is not told', async (stage) => {
  const { bench, redis } = stage
  const { url, pool } = await bench.database(promo(2))
  const proxy = await bench.proxy(url)
  proxy.loseAnswersTo('claim_coupon_fenced', 1)
  const frozen = await freezeHolder(stage, proxy.url, { before: 'claim_fenced:2', tries: 1 })
  await until('it is stored', async () => (await storedClaims(pool, 'PROMO')).remaining === 1)
  await untilExpired(redis)
  assert.is(await claimOne(bench.open(url, { claim }), { coupon: 'PROMO', user: 'user_1' }), 'claimed')
  await redis.set(lockKey, 'another', 'PX', 60_000)
  assert.is(await frozen.thawed(), 'unknown')
})

test('the fence: higher and equal numbers pass, lower ones do nothing; each coupon has its own', async () => {
  const database = await createTestDatabase({
    users: 6,
    coupons: [
      { name: 'PROMO', amount: 5 },
      { name: 'OTHER', amount: 5 },
    ],
  })
  const { pool } = database
  const send = async (fence: number, coupon: string, user: string) => {
    const { rows } = await pool.query(
      'SELECT outcomes FROM claim_coupon_fenced($1::bigint, $2, $3, $4::uuid, NULL, NULL, false)',
      [fence, coupon, user, randomUUID()],
    )
    return rows[0].outcomes
  }
  const refusal = (fence: number, coupon: string, user: string) =>
    send(fence, coupon, user).catch((error: { code: string }) => error.code)
  try {
    assert.is(await send(7, 'PROMO', 'user_0'), 'claimed')
    assert.is(await refusal(6, 'PROMO', 'user_1'), 'LF001')
    assert.is(await refusal(6, 'PROMO', 'user_0'), 'LF001', 'also what would change nothing')
    assert.is(await send(7, 'PROMO', 'user_2'), 'claimed')
    assert.is(await send(8, 'PROMO', 'user_3'), 'claimed')
    assert.is(await send(1, 'OTHER', 'user_4'), 'claimed')
    assert.is(await send(1, 'NOBODY', 'user_4'), 'coupon_not_found')
    assert.equal((await storedClaims(pool, 'PROMO')).users, ['user_0', 'user_2', 'user_3'])
    assert.is((await storedClaims(pool, 'PROMO')).remaining, 2)
    assert.is((await pool.query('SELECT FROM claim_fences')).rows.length, 2)
    // A server of another strategy beside them sends no number, and nobody is refused for it.
    const others = createClaimBench('batch', provided.url)
    try {
      const strategy = others.open(database.url)
      assert.is((await decideOne(strategy, { coupon: 'PROMO', user: 'user_5' })).outcome, 'claimed')
    } finally {
      await others.close()
    }
    assert.is(await send(8, 'PROMO', 'user_1'), 'claimed')
  } finally {
    await database.close()
  }
})

test.run()
