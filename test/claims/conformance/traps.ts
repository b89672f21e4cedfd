import { randomUUID } from 'node:crypto'
import * as assert from 'uvu/assert'
import { type ClaimBench, untilBlocked } from '../../support/claim-bench.ts'
import { claimAll, claimOne, countOf, decideOne, storedClaims, wishesOf } from '../../support/claims.ts'
import { assertLedger, type Cases } from './case.ts'

/** Stores a claim of the user from another session, as another server would. */
const storeClaim = (user: string, coupon: string) =>
  `WITH stored AS (INSERT INTO user_claims (user_id, coupon_id)
     SELECT u.id, c.id FROM users u, coupons c WHERE u.username = '${user}' AND c.name = '${coupon}')
   UPDATE coupons SET remaining_amount = remaining_amount - 1 WHERE name = '${coupon}'`

/** One test a trap of the field notes, §2; each fails for a strategy that falls into it. */
export const trapCases: Cases = {
  'trap 1 (stale snapshot): units won elsewhere while the claim waits are neither lost nor given twice':
    async (bench) => {
      const { url, pool, ...rest } = await bench.database({
        users: 10,
        coupons: [{ name: 'PROMO', amount: 10 }],
      })
      const strategy = bench.open(url)
      const session = await bench.holdCoupon({ url, pool, ...rest }, 'PROMO')
      const wishes = wishesOf('PROMO', 10)
      const claiming = claimAll(strategy, wishes)
      await untilBlocked({ url, pool, ...rest })
      // The first five win in another server meanwhile; their five units are gone, the other five are left.
      for (const { user } of wishes.slice(0, 5)) await session.query(storeClaim(user, 'PROMO'))
      await session.release()
      assert.equal(
        await claiming,
        wishes.map((_, index) => (index < 5 ? 'already_claimed' : 'claimed')),
      )
      assert.is((await storedClaims(pool, 'PROMO')).remaining, 0)
    },

  'trap 2 (the same user twice in one batch): one unit, one "claimed", and the fellows do not pay': async (
    bench,
  ) => {
    const { url, pool } = await bench.database({ users: 3, coupons: [{ name: 'PROMO', amount: 3 }] })
    const wishes = [0, 0, 1, 0, 2].map((n) => ({ coupon: 'PROMO', user: `user_${n}` }))
    const answers = await claimAll(bench.open(url), wishes)
    assert.equal(countOf(answers), { claimed: 3, already_claimed: 2 })
    assert.equal([answers[2], answers[4]], ['claimed', 'claimed'])
    await assertLedger(pool, 'PROMO', { wishes, answers })
  },

  'trap 2 (the same user twice in one batch): the last unit is one user’s, told once': async (bench) => {
    const { url, pool } = await bench.database({ users: 2, coupons: [{ name: 'PROMO', amount: 1 }] })
    const wishes = [0, 0, 0].map((n) => ({ coupon: 'PROMO', user: `user_${n}` }))
    const answers = await claimAll(bench.open(url), wishes)
    assert.equal(countOf(answers), { claimed: 1, already_claimed: 2 })
    await assertLedger(pool, 'PROMO', { wishes, answers })
  },

  'trap 3 (decrement first): a duplicate costs no unit': async (bench) => {
    const { url, pool } = await bench.database({ users: 3, coupons: [{ name: 'PROMO', amount: 30 }] })
    const strategy = bench.open(url)
    for (let turn = 0; turn < 3; turn += 1) {
      await claimAll(strategy, [...wishesOf('PROMO', 3), ...wishesOf('PROMO', 3)])
    }
    assert.is((await storedClaims(pool, 'PROMO')).remaining, 27)
    assert.is((await storedClaims(pool, 'PROMO')).users.length, 3)
  },

  'trap 4 (affected rows ignored): a claim whose unit could not be taken is not kept': async (bench) => {
    const { url, pool } = await bench.database({ users: 2, coupons: [{ name: 'PROMO', amount: 2 }] })
    // Suppresses the decrement without an error: zero rows are affected.
    await pool.query(`CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
      CREATE TRIGGER keep BEFORE UPDATE ON coupons FOR EACH ROW EXECUTE FUNCTION keep()`)
    const answers = await claimAll(bench.open(url), wishesOf('PROMO', 2))
    assert.not.ok(answers.includes('claimed'), `told ${answers.join()}`)
    assert.equal(await storedClaims(pool, 'PROMO'), { amount: 2, remaining: 2, users: [] })
  },

  'trap 5 (limit checked before the lock): the last unit, taken while the claim waits, is gone': async (
    bench,
  ) => {
    const database = await bench.database({ users: 2, coupons: [{ name: 'PROMO', amount: 1 }] })
    const session = await bench.holdCoupon(database, 'PROMO')
    const claiming = claimOne(bench.open(database.url), { coupon: 'PROMO', user: 'user_0' })
    await untilBlocked(database)
    await session.query(storeClaim('user_1', 'PROMO'))
    await session.release()
    assert.is(await claiming, 'sold_out')
    assert.equal(await storedClaims(database.pool, 'PROMO'), { amount: 1, remaining: 0, users: ['user_1'] })
  },

  'trap 5 (limit checked before the lock): a unit added while the claim waits is found': async (bench) => {
    const database = await bench.database({ users: 1, coupons: [{ name: 'PROMO', amount: 0 }] })
    const session = await bench.holdCoupon(database, 'PROMO')
    const claiming = claimOne(bench.open(database.url), { coupon: 'PROMO', user: 'user_0' })
    await untilBlocked(database)
    await session.query('UPDATE coupons SET amount = 1, remaining_amount = 1')
    await session.release()
    assert.is(await claiming, 'claimed')
  },

  'trap 6 (the lock guards the wrong thing): one coupon held up holds up no other': async (bench) => {
    const coupons = [
      { name: 'HELD', amount: 1 },
      { name: 'FREE', amount: 1 },
    ]
    const database = await bench.database({ users: 2, coupons })
    const strategy = bench.open(database.url)
    const session = await bench.holdCoupon(database, 'HELD')
    const held = claimOne(strategy, { coupon: 'HELD', user: 'user_0' })
    await untilBlocked(database)
    assert.is(await claimOne(strategy, { coupon: 'FREE', user: 'user_0' }), 'claimed')
    await session.release()
    assert.is(await held, 'claimed')
  },

  'trap 7 (the way back is unguarded): a claim that fails half way gives back its unit and nobody else’s':
    async (bench) => {
      const { url, pool } = await bench.database({ users: 12, coupons: [{ name: 'PROMO', amount: 12 }] })
      await pool.query(refuseClaimsOf(`IN ('user_3', 'user_4', 'user_9')`))
      const wishes = wishesOf('PROMO', 12)
      const answers = await claimAll(bench.open(url), wishes)
      assert.is(countOf(answers).claimed, 9)
      await assertLedger(pool, 'PROMO', { wishes, answers })
    },

  'trap 9 (commit outcome unknown): a committed claim whose answer was lost finds its own row': async (
    bench,
  ) => {
    const { url, pool } = await bench.database({ users: 3, coupons: [{ name: 'PROMO', amount: 3 }] })
    const proxy = await bench.proxy(url)
    const strategy = bench.open(proxy.url)
    for (const [index, user] of ['user_0', 'user_1'].entries()) {
      const key = randomUUID()
      proxy.loseAnswersTo(key, index + 1)
      assert.is(await claimOne(strategy, { coupon: 'PROMO', user, key }), 'claimed')
    }
    // One that reads its row in a second attempt does not send its key again: nothing is lost then.
    assert.ok(proxy.cuts() >= 2, `${proxy.cuts()} answers were lost`)
    assert.equal(await storedClaims(pool, 'PROMO'), { amount: 3, remaining: 1, users: ['user_0', 'user_1'] })
  },

  'trap 9 (commit outcome unknown): the last unit’s lost answer is no "sold out", a duplicate’s no "claimed"':
    async (bench) => {
      const { url, pool } = await bench.database({ users: 2, coupons: [{ name: 'PROMO', amount: 1 }] })
      const proxy = await bench.proxy(url)
      const strategy = bench.open(proxy.url)
      const key = randomUUID()
      proxy.loseAnswersTo(key, 1)
      const wishes = [
        { coupon: 'PROMO', user: 'user_0', key },
        { coupon: 'PROMO', user: 'user_0' },
        { coupon: 'PROMO', user: 'user_1' },
      ]
      // Called one after the other, so that every strategy decides them in this order.
      const answers = []
      for (const wish of wishes) answers.push(await claimOne(strategy, wish))
      assert.equal(answers, ['claimed', 'already_claimed', 'sold_out'])
      assert.equal(await storedClaims(pool, 'PROMO'), { amount: 1, remaining: 0, users: ['user_0'] })
    },

  'trap 9 (commit outcome unknown): the same key again finds its claim, another key does not': async (
    bench,
  ) => {
    const { url, pool } = await bench.database({ users: 1, coupons: [{ name: 'PROMO', amount: 2 }] })
    const wish = { coupon: 'PROMO', user: 'user_0', key: randomUUID() }
    assert.is(await claimOne(bench.open(url), wish), 'claimed')
    // Another server's strategy: the memory of the first must not be needed.
    const other = bench.open(url)
    assert.is(await claimOne(other, wish), 'claimed')
    assert.is(await claimOne(other, { ...wish, key: randomUUID() }), 'already_claimed')
    assert.equal(await storedClaims(pool, 'PROMO'), { amount: 2, remaining: 1, users: ['user_0'] })
  },

  'trap 9 (commit outcome unknown): the coupon is deleted before the retry: it finds its claim': async (
    bench,
  ) => {
    const { claimed, pool } = await claimAndDelete(bench, deletePromo)
    assert.is(claimed.outcome, 'claimed')
    const { rows } = await pool.query('SELECT id FROM user_claims')
    assert.equal(rows, [{ id: claimed.claimId }])
  },

  'trap 9 (commit outcome unknown): there is another coupon of its name before the retry: it takes no second unit':
    async (bench) => {
      const again = `INSERT INTO coupons (name, amount, remaining_amount) VALUES ('PROMO', 5, 5)`
      const { claimed, pool } = await claimAndDelete(bench, `BEGIN; ${deletePromo}; ${again}; COMMIT`)
      assert.is(claimed.outcome, 'claimed')
      assert.equal(await storedClaims(pool, 'PROMO'), { amount: 5, remaining: 5, users: [] })
      const { rows } = await pool.query('SELECT id FROM user_claims')
      assert.equal(rows, [{ id: claimed.claimId }])
    },

  'trap 11 (try-locks): a row that somebody holds for a while is waited for, nobody is refused': async (
    bench,
  ) => {
    const database = await bench.database({ users: 10, coupons: [{ name: 'PROMO', amount: 10 }] })
    const session = await bench.holdCoupon(database, 'PROMO')
    const claiming = claimAll(bench.open(database.url), wishesOf('PROMO', 10))
    await untilBlocked(database)
    await session.release()
    assert.equal(countOf(await claiming), { claimed: 10 })
  },
}

/** A trigger that refuses to store the claims of some users. */
export function refuseClaimsOf(whichUsers: string): string {
  return `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF EXISTS (SELECT FROM users WHERE id = NEW.user_id AND username ${whichUsers}) THEN
        RAISE EXCEPTION 'refused by the test';
      END IF;
      RETURN NEW;
    END $$;
    CREATE TRIGGER refuse BEFORE INSERT ON user_claims FOR EACH ROW EXECUTE FUNCTION refuse()`
}

const deletePromo = `UPDATE coupons SET deleted_at = now() WHERE name = 'PROMO'`

/** A claim whose answer is lost, and a deletion between it and its retry: both wait for the row, in this order. */
async function claimAndDelete(bench: ClaimBench, deletion: string) {
  const database = await bench.database({ users: 1, coupons: [{ name: 'PROMO', amount: 1 }] })
  const proxy = await bench.proxy(database.url)
  const session = await bench.holdCoupon(database, 'PROMO')
  const key = randomUUID()
  proxy.loseAnswersTo(key, 1)
  const claiming = decideOne(bench.open(proxy.url), { coupon: 'PROMO', user: 'user_0', key })
  await untilBlocked(database)
  const deleting = database.pool.query(deletion)
  await untilBlocked(database, 2)
  await session.release()
  await deleting
  const claimed = await claiming
  assert.ok(proxy.cuts() >= 1, 'an answer was lost')
  return { claimed, pool: database.pool }
}
