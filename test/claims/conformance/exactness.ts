import * as assert from 'uvu/assert'
import type { ClaimBench } from '../../support/claim-bench.ts'
import type { Claimer } from '../../support/claimers.ts'
import {
  type ClaimAnswer,
  claimAll,
  countOf,
  storedClaims,
  type Wish,
  wishesOf,
} from '../../support/claims.ts'
import { assertLedger, type Cases } from './case.ts'

/** All wishes, dealt out among the processes, each of which claims its share at once. */
export async function claimFromProcesses(
  claimers: readonly Claimer[],
  wishes: readonly Wish[],
  timeoutMs = 30_000,
): Promise<{ wishes: readonly Wish[]; answers: ClaimAnswer[] }> {
  const shares = claimers.map((_, turn) => wishes.filter((_wish, index) => index % claimers.length === turn))
  const answers = await Promise.all(claimers.map((claimer, turn) => claimer.claim(shares[turn]!, timeoutMs)))
  return { wishes: shares.flat(), answers: answers.flat() }
}

/** Runs `work` while every process has the strategy open. */
async function withOpen<T>(
  claimers: readonly Claimer[],
  bench: ClaimBench,
  url: string,
  work: () => Promise<T>,
) {
  await Promise.all(
    claimers.map((claimer) => claimer.open(bench.remote(url, { claim: { batchSizeMax: 16 } }))),
  )
  try {
    return await work()
  } finally {
    await Promise.all(claimers.map((claimer) => claimer.close()))
  }
}

/** Exactly min(users, quota) winners, whatever the number of processes, and one unit each. */
export const exactnessCases: Cases = {
  'three processes, fewer units than users: every unit goes, none twice': async (bench, { claimers }) => {
    const users = bench.crowd
    const quota = Math.floor(users / 3)
    const { url, pool } = await bench.database({ users, coupons: [{ name: 'PROMO', amount: quota }] })
    const told = await withOpen(claimers, bench, url, () =>
      claimFromProcesses(claimers, wishesOf('PROMO', users)),
    )
    assert.equal(countOf(told.answers), { claimed: quota, sold_out: users - quota })
    await assertLedger(pool, 'PROMO', told)
  },

  'three processes, more units than users: everybody wins, the rest stays': async (bench, { claimers }) => {
    const users = bench.crowd
    const { url, pool } = await bench.database({ users, coupons: [{ name: 'PROMO', amount: users + 7 }] })
    const told = await withOpen(claimers, bench, url, () =>
      claimFromProcesses(claimers, wishesOf('PROMO', users)),
    )
    assert.equal(countOf(told.answers), { claimed: users })
    await assertLedger(pool, 'PROMO', told)
  },

  'the same users many times over, within and across batches and processes: one unit each': async (
    bench,
    { claimers },
  ) => {
    const users = 4
    const { url, pool } = await bench.database({ users, coupons: [{ name: 'PROMO', amount: users + 1 }] })
    const wishes = Array.from({ length: bench.crowd }, () => wishesOf('PROMO', users))
      .flat()
      .slice(0, bench.crowd)
    const told = await withOpen(claimers, bench, url, () => claimFromProcesses(claimers, wishes))
    assert.equal(countOf(told.answers), { claimed: users, already_claimed: wishes.length - users })
    await assertLedger(pool, 'PROMO', told)
  },

  'two coupons at once: each has its own stock': async (bench, { claimers }) => {
    const users = Math.floor(bench.crowd / 2)
    const coupons = [
      { name: 'FIRST', amount: 5 },
      { name: 'SECOND', amount: users },
    ]
    const { url, pool } = await bench.database({ users, coupons })
    const wishes = [...wishesOf('FIRST', users), ...wishesOf('SECOND', users)]
    const told = await withOpen(claimers, bench, url, () => claimFromProcesses(claimers, wishes))
    assert.equal(countOf(told.answers), { claimed: 5 + users, sold_out: users - 5 })
    assert.is((await storedClaims(pool, 'FIRST')).users.length, 5)
    assert.is((await storedClaims(pool, 'SECOND')).users.length, users)
  },

  'claims of one caller are decided in the order of the calls': async (bench) => {
    const users = 24
    const { url, pool } = await bench.database({ users, coupons: [{ name: 'PROMO', amount: 9 }] })
    // Only group commit keeps the order by itself; the others keep it when each call waits for the last.
    const strategy = bench.open(url, { claim: { batchSizeMax: 5 } })
    const wishes = wishesOf('PROMO', users)
    const answers: ClaimAnswer[] = []
    if (bench.name === 'batch') answers.push(...(await claimAll(strategy, wishes)))
    else for (const wish of wishes) answers.push(...(await claimAll(strategy, [wish])))
    assert.equal(
      answers,
      wishes.map((_, index) => (index < 9 ? 'claimed' : 'sold_out')),
    )
    assert.equal(
      (await storedClaims(pool, 'PROMO')).users,
      wishesOf('PROMO', 9).map(({ user }) => user),
    )
  },
}
