import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type FaultName, faultNames } from '../../cli/chaos/fault.ts'
import { scheduleOf } from '../../cli/chaos/schedule.ts'

function stepsOf(seed: number, count: number, names = faultNames.slice()) {
  const steps = scheduleOf(seed, names)
  return Array.from({ length: count }, () => steps.next().value)
}

const ofProcesses: readonly FaultName[] = ['server_kill', 'server_stop', 'worker_kill', 'rolling_restart']

test('the same seed deals the same steps, another one others', () => {
  assert.equal(stepsOf(7, 50), stepsOf(7, 50))
  assert.is.not(JSON.stringify(stepsOf(7, 50)), JSON.stringify(stepsOf(8, 50)))
})

test('each fault comes once before one comes again, so all come about as often', () => {
  for (const seed of [1, 2, 3]) {
    const dealt = stepsOf(seed, 300).flatMap(({ faults }) => faults.map(({ name }) => name))
    const counts = faultNames.map((name) => dealt.filter((each) => each === name).length)
    assert.ok(Math.max(...counts) - Math.min(...counts) <= 2, `seed ${seed}: ${counts}`)
  }
})

test('some steps have two faults, never two of one kind of thing', () => {
  const pairs = stepsOf(1, 400).filter(({ faults }) => faults.length === 2)
  assert.ok(pairs.length > 40 && pairs.length < 140, `${pairs.length} of 400`)
  for (const { faults } of pairs) {
    const [first, second] = faults.map(({ name }) => ofProcesses.includes(name))
    // `sessions` and `postgres` may meet, two of a server's processes never.
    assert.not(first && second)
    assert.is.not(faults[0]?.name, faults[1]?.name)
  }
})

test('one fault alone is dealt for ever', () => {
  assert.equal(
    stepsOf(3, 5, ['row_held']).flatMap(({ faults }) => faults.map(({ name }) => name)),
    Array(5).fill('row_held'),
  )
})

test.run()
