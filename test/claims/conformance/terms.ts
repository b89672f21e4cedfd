import * as assert from 'uvu/assert'
import type { ClaimOutcome } from '../../../server/claims/claim.ts'
import { createEligibility } from '../../../server/claims/eligibility.ts'
import { claimOne, decideOne, storedClaims } from '../../support/claims.ts'
import type { Cases } from './case.ts'

/** What makes a coupon refuse, in SQL; the first that fits is told, the question "may I?" tells all. */
const terms: readonly (readonly [code: ClaimOutcome, sql: string])[] = [
  ['not_started', `UPDATE coupons SET starts_at = now() + interval '1 hour'`],
  ['ended', `UPDATE coupons SET ends_at = now() - interval '1 hour'`],
  ['paused', `UPDATE coupons SET paused = true`],
  ['not_in_audience', `UPDATE coupons SET audience_kind = 'registered_before', audience_at = '2001-01-01'`],
  ['sold_out', `UPDATE coupons SET remaining_amount = 0`],
]

/** When, and for whom; asked before, and told by the claim, by one rule. */
export const termCases: Cases = {
  ...Object.fromEntries(
    terms.map(([code, sql]) => [
      `${code}: told by the claim and by the question before, nothing is taken`,
      async (bench) => {
        const { url, pool } = await bench.database({ users: 1, coupons: [{ name: 'PROMO', amount: 3 }] })
        await pool.query(sql)
        const before = await storedClaims(pool, 'PROMO')
        const decision = await decideOne(bench.open(url), { coupon: 'PROMO', user: 'user_0' })
        assert.is(decision.outcome, code)
        const reasons = await createEligibility(pool)('PROMO', 'user_0')
        assert.equal(reasons, [{ code, until: decision.until }])
        assert.is(decision.until === null, code !== 'not_started')
        assert.equal(await storedClaims(pool, 'PROMO'), before)
      },
    ]) satisfies [string, Cases[string]][],
  ),

  'of several reasons the claim tells the first, the question all of them': async (bench) => {
    const { url, pool } = await bench.database({ users: 1, coupons: [{ name: 'PROMO', amount: 3 }] })
    const strategy = bench.open(url)
    assert.is(await claimOne(strategy, { coupon: 'PROMO', user: 'user_0' }), 'claimed')
    for (const [, sql] of terms.filter(([code]) => code !== 'ended')) await pool.query(sql)
    const ask = createEligibility(pool)
    const codes = (await ask('PROMO', 'user_0')).map(({ code }) => code)
    assert.equal(codes, ['already_claimed', 'not_started', 'paused', 'not_in_audience', 'sold_out'])
    assert.is(await claimOne(strategy, { coupon: 'PROMO', user: 'user_0' }), 'already_claimed')
    assert.equal((await ask('PROMO', 'nobody')).map(({ code }) => code)[0], 'user_not_found')
    assert.equal(
      (await ask('NO_SUCH', 'user_0')).map(({ code }) => code),
      ['coupon_not_found'],
    )
  },

  'nothing stands against it: eligible, and the claim wins': async (bench) => {
    const { url, pool } = await bench.database({ users: 1, coupons: [{ name: 'PROMO', amount: 3 }] })
    await pool.query(
      `UPDATE coupons SET starts_at = now() - interval '1 hour', ends_at = now() + interval '1 hour',
         audience_kind = 'registered_after', audience_at = '2001-01-01'`,
    )
    assert.equal(await createEligibility(pool)('PROMO', 'user_0'), [])
    assert.is(await claimOne(bench.open(url), { coupon: 'PROMO', user: 'user_0' }), 'claimed')
  },

  'a list of usernames: who is on it may claim, the others not': async (bench) => {
    const { url, pool } = await bench.database({ users: 3, coupons: [{ name: 'PROMO', amount: 3 }] })
    await pool.query(`INSERT INTO audience_members VALUES (7, 'user_1'), (8, 'user_0')`)
    await pool.query(`UPDATE coupons SET audience_kind = 'list', audience_id = 7, audience_size = 1`)
    const strategy = bench.open(url)
    const told = await Promise.all(
      ['user_0', 'user_1', 'user_2'].map((user) => claimOne(strategy, { coupon: 'PROMO', user })),
    )
    assert.equal(told, ['not_in_audience', 'claimed', 'not_in_audience'])
  },

  'a hold that has run out stands against nobody who asks': async (bench) => {
    const { url, pool } = await bench.database({ users: 2, coupons: [{ name: 'PROMO', amount: 1 }] })
    await decideOne(bench.open(url), { coupon: 'PROMO', user: 'user_0', holdSeconds: 60 })
    const ask = createEligibility(pool)
    const { rows } = await pool.query('SELECT held_until FROM user_claims')
    assert.equal(await ask('PROMO', 'user_0'), [
      { code: 'already_claimed', until: rows[0].held_until },
      { code: 'sold_out', until: null },
    ])
    await pool.query(`UPDATE user_claims SET held_until = now() - interval '1 second'`)
    assert.equal(await ask('PROMO', 'user_0'), [])
    assert.equal(await ask('PROMO', 'user_1'), [])
  },
}
