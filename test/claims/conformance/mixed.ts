import * as assert from 'uvu/assert'
import { strategyNames } from '../../../server/claims/names.ts'
import { countOf, wishesOf } from '../../support/claims.ts'
import { assertLedger, type Cases } from './case.ts'
import { claimFromProcesses } from './exactness.ts'

/** During a deploy that changes the strategy, servers of several strategies sell one coupon. */
export const mixedCases: Cases = {
  'trap 6 (the lock guards the wrong thing): servers of every strategy sell one coupon exactly': async (
    bench,
    { claimers },
  ) => {
    const users = 60
    const { url, pool } = await bench.database({ users, coupons: [{ name: 'PROMO', amount: 40 }] })
    await Promise.all(
      claimers.map((claimer, turn) =>
        claimer.open({ ...bench.remote(url), name: strategyNames[turn % strategyNames.length]! }),
      ),
    )
    const told = await claimFromProcesses(claimers, wishesOf('PROMO', users))
    // Everybody a second time, by another strategy than the first.
    const again = await claimFromProcesses([...claimers].reverse(), wishesOf('PROMO', users))
    await Promise.all(claimers.map((claimer) => claimer.close()))
    assert.equal(countOf(told.answers), { claimed: 40, sold_out: 20 })
    assert.equal(countOf(again.answers), { already_claimed: 40, sold_out: 20 })
    await assertLedger(pool, 'PROMO', told)
  },
}
