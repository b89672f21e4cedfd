import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createClaimLife } from '../../server/claims/changes.ts'
import type { Pool } from '../../server/db/connect.ts'
import { createFakeClock } from '../support/fake-clock.ts'

const test = suite('claims: changes')

test('a release whose look-up hangs is told so at its deadline, and nothing is sent when it comes after all', async () => {
  const clock = createFakeClock()
  const asked: ((rows: object) => void)[] = []
  const pool = { query: () => new Promise((resolve) => asked.push(resolve)) } as unknown as Pool
  const bounds = { batchSizeMax: 10, queueSizeMax: 10, concurrencyMax: 2 }
  const life = createClaimLife({ ...bounds, pool, clock })
  let told: string | undefined
  const change = { actor: 'a', reason: null, correlationId: '' }
  void life.release('1', change, clock.now() + 500).then((outcome) => {
    told = outcome
  })
  await clock.advance(499)
  assert.is(told, undefined)
  await clock.advance(1)
  assert.is(told, 'unavailable')
  asked[0]?.({ rows: [{ coupon_id: '7' }] })
  await clock.endTurn()
  await clock.endTurn()
  assert.equal([asked.length, clock.timers()], [1, 0])
})

test.run()
