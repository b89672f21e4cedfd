/**
 * The one suite that every strategy of the registry passes, over a real Postgres and, for `lock`, a real
 * Redis. The cases are in ./conformance, by what they ask.
 */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type StrategyName, strategyNames } from '../../server/claims/names.ts'
import { strategies } from '../../server/claims/strategies.ts'
import { type ProvidedRedis, provideRedis } from '../../server/redis/provide.ts'
import { createClaimBench } from '../support/claim-bench.ts'
import { type Claimer, startClaimers } from '../support/claimers.ts'
import type { Case, Cases } from './conformance/case.ts'
import { closingCases } from './conformance/closing.ts'
import { exactnessCases } from './conformance/exactness.ts'
import { failureCases } from './conformance/failure.ts'
import { holdCases } from './conformance/holds.ts'
import { keyCases } from './conformance/keys.ts'
import { lockCases } from './conformance/lock.ts'
import { mixedCases } from './conformance/mixed.ts'
import { outcomeCases } from './conformance/outcomes.ts'
import { severalCases } from './conformance/several.ts'
import { termCases } from './conformance/terms.ts'
import { trapCases } from './conformance/traps.ts'

const test = suite('claims: conformance')
let redis: ProvidedRedis
let claimers: Claimer[]

test.before(async () => {
  ;[redis, claimers] = await Promise.all([provideRedis(), startClaimers(3)])
})

test.after(async () => {
  for (const claimer of claimers) await claimer.kill()
  await redis.close()
})

test('the registry and the list of names agree', () => {
  assert.equal(Object.keys(strategies), [...strategyNames])
})

const ofEveryStrategy: Cases = {
  ...outcomeCases,
  ...exactnessCases,
  ...trapCases,
  ...failureCases,
  ...closingCases,
  ...holdCases,
  ...termCases,
  ...keyCases,
  ...severalCases,
}
for (const name of strategyNames) add(name, ofEveryStrategy)
add('lock', lockCases)
for (const [title, run] of Object.entries(mixedCases)) addCase(`all at once: ${title}`, 'batch', run)

function add(name: StrategyName, cases: Cases): void {
  for (const [title, run] of Object.entries(cases)) addCase(`${name}: ${title}`, name, run)
}

function addCase(title: string, name: StrategyName, run: Case): void {
  test(title, async () => {
    const bench = createClaimBench(name, redis.url)
    try {
      await run(bench, { claimers, redisUrl: redis.url })
    } finally {
      await bench.close()
    }
  })
}

test.run()
