import { randomInt } from 'node:crypto'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { lastEvents, runGuarded, runSeeds } from './many.ts'
import { brokenBefore } from './seeds.ts'

const test = suite('simulation')

const msMax = 8000
const runsMax = 3000

async function assertHolds(seed: number): Promise<void> {
  const { failure } = await runGuarded(seed)
  if (failure === null) return
  const events = await lastEvents(seed, 30)
  assert.unreachable(
    `${events.join('\n')}\nReplay: npm run simulate -- --runs 1 --seed ${seed}\n${failure.what}`,
  )
}

test('one seed is one run', async () => {
  for (const seed of [1, 2, 3]) {
    const [first, second] = [await lastEvents(seed, 1000), await lastEvents(seed, 1000)]
    assert.ok(first.length > 10)
    assert.equal(first, second)
  }
})

test('the seeds that have broken the product hold', async () => {
  for (const [seed] of brokenBefore) await assertHolds(seed)
})

test('so do others', async () => {
  const endMs = performance.now() + msMax
  const firstSeed = Number(process.env.TEST_SEED ?? randomInt(2 ** 32))
  const tally: Record<string, number> = {}
  let runs = 0
  for (; runs < runsMax && performance.now() < endMs; runs += 50) {
    const result = await runSeeds(firstSeed + runs, 50)
    if (result.broken !== null) await assertHolds(result.broken.seed)
    for (const [outcome, times] of Object.entries(result.tally))
      tally[outcome] = (tally[outcome] ?? 0) + times
  }
  const outcomes = [
    'claimed',
    'sold_out',
    'already_claimed',
    'unknown',
    'unavailable',
    'key_reused',
    'rejected',
  ]
  if (runs >= 500)
    for (const outcome of outcomes) assert.ok((tally[outcome] ?? 0) > 0, `nobody was told ${outcome}`)
})

test.run()
