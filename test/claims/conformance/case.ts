import type pg from 'pg'
import * as assert from 'uvu/assert'
import type { ClaimBench } from '../../support/claim-bench.ts'
import type { Claimer } from '../../support/claimers.ts'
import { type ClaimAnswer, storedClaims, type Wish } from '../../support/claims.ts'

export type Case = (
  bench: ClaimBench,
  shared: { readonly claimers: readonly Claimer[]; readonly redisUrl: string },
) => Promise<void>

/** What a strategy must do, and the test that it does. */
export type Cases = Readonly<Record<string, Case>>

/** The invariants of a sale, and that exactly those who were told so hold a unit. */
export async function assertLedger(
  pool: pg.Pool,
  coupon: string,
  told: { readonly wishes: readonly Wish[]; readonly answers: readonly ClaimAnswer[] },
): Promise<void> {
  const { amount, remaining, users } = await storedClaims(pool, coupon)
  assert.ok(users.length <= amount, `${users.length} claims of ${amount}`)
  assert.is(remaining, amount - users.length, 'remaining_amount = amount - claims')
  assert.is(new Set(users).size, users.length, 'one claim a user')
  const winners = told.wishes.filter((_, index) => told.answers[index] === 'claimed').map(({ user }) => user)
  assert.equal([...users].sort(), [...winners].sort(), 'who was told "claimed" holds a unit, and nobody else')
}
