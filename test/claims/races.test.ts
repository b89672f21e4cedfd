/** What happens at the very moment a hold runs out, ten thousand times, between several processes. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createClaimBench, defaults } from '../support/claim-bench.ts'
import { type Claimer, startClaimers } from '../support/claimers.ts'
import { decideAll, storedClaims, wishesOf } from '../support/claims.ts'

const test = suite('claims: races')
const races = 10_000
let claimers: Claimer[]

test.before(async () => {
  claimers = await startClaimers(3)
})

test.after(async () => {
  for (const claimer of claimers) await claimer.kill()
})

/** Holds end one after the other over this time, and each is confirmed within some milliseconds of its end. */
const overMs = 2000
const jitterMs = 8

test('10,000 holds run out while they are confirmed: each ends one way, told as it is stored, the stock exact', async () => {
  const bench = createClaimBench('batch', 'redis://127.0.0.1:1')
  try {
    const { url, pool } = await bench.database({ users: races, coupons: [{ name: 'PROMO', amount: races }] })
    const wishes = wishesOf('PROMO', races).map((wish) => ({ ...wish, holdSeconds: 3600 }))
    const held = await decideAll(bench.open(url, { claim: { queueSizeMax: races } }), wishes)
    assert.ok(held.every((decision) => decision?.outcome === 'claimed'))
    const [first, second, third] = claimers as [Claimer, Claimer, Claimer]
    const remote = bench.remote(url, { claim: { ...defaults.claim, queueSizeMax: races } })
    for (const claimer of claimers) await claimer.open(remote)

    // From here on the holds end, in the order of their ids, `overMs / races` after one another.
    const { rows } = await pool.query<{ id: string; end: Date }>(
      `UPDATE user_claims k SET held_until = clock_timestamp() + interval '200 milliseconds'
         + o.place * $1::double precision * interval '1 millisecond'
       FROM (SELECT id, row_number() OVER (ORDER BY id) AS place FROM user_claims) o WHERE o.id = k.id
       RETURNING k.id, k.held_until AS "end"`,
      [overMs / races],
    )
    let isOver = false
    const sweeping = [second, third].map(async (claimer) => {
      let swept = 0
      while (!isOver) swept += await claimer.sweep()
      return swept + (await claimer.sweep())
    })
    const told = new Map<string, string>()
    await Promise.all(
      slicesOf(rows.sort((a, b) => a.end.getTime() - b.end.getTime())).map(async (slice) => {
        await until(slice[0]!.end.getTime() + (Math.random() - 0.5) * 2 * jitterMs)
        const ids = slice.map(({ id }) => id)
        for (const [n, outcome] of (await first.change('confirm', ids)).entries()) told.set(ids[n]!, outcome)
      }),
    )
    isOver = true
    const swept = (await Promise.all(sweeping)).reduce((sum, each) => sum + each, 0)

    const { rows: claims } = await pool.query<{ id: string; state: string }>(
      'SELECT id, state FROM user_claims',
    )
    const wrong = claims.filter(({ id, state }) => told.get(id) !== state)
    assert.equal(wrong, [], 'each is stored as it was told')
    const confirmed = claims.filter(({ state }) => state === 'confirmed').length
    assert.is(confirmed + swept, races, `${confirmed} confirmed and ${swept} given back`)
    assert.ok(confirmed > 0 && swept > 0, `both sides win some: ${confirmed} and ${swept}`)
    const stored = await storedClaims(pool, 'PROMO')
    assert.is(stored.users.length, confirmed)
    assert.is(stored.remaining, races - confirmed)
    const { rows: events } = await pool.query<{ n: number; d: number }>(
      'SELECT count(*)::integer AS n, count(DISTINCT claim_id)::integer AS d FROM claim_events',
    )
    assert.equal(events, [{ n: races, d: races }], 'one change of state each')
    for (const claimer of claimers) await claimer.close()
  } finally {
    await bench.close()
  }
})

/** Ten claims that end within two milliseconds of each other are confirmed together. */
function slicesOf<T>(items: readonly T[], size = 10): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, n) =>
    items.slice(n * size, (n + 1) * size),
  )
}

/** The time is what this test is about: it waits for a moment, not for an event. */
function until(timeMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, timeMs - Date.now())))
}

test.run()
