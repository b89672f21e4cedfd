import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { intendedUsOf, momentsOf } from '../../cli/stress/engine/pacer.ts'

const test = suite('stress: pacer')

test('a rate is spaced evenly from the start to before its end', () => {
  const load = { kind: 'rate', perS: 500, durationS: 2 } as const
  assert.is(momentsOf(load), 1000)
  assert.equal([0, 1, 500, 999].map(intendedUsOf(load)), [0, 2000, 1_000_000, 1_998_000])
})

test('the number of a rate is not spoiled by what a fraction cannot be written as', () => {
  assert.is(momentsOf({ kind: 'rate', perS: 0.1, durationS: 30 }), 3)
  assert.is(momentsOf({ kind: 'rate', perS: 1, durationS: 0.5 }), 1)
})

test('a ramp has its mean rate, and is half done when its integral says so', () => {
  const load = { kind: 'ramp', fromPerS: 0, toPerS: 1000, durationS: 10 } as const
  assert.is(momentsOf(load), 5000)
  // 1250 of 5000 are due at half the time: 100 / 2 * 5².
  assert.equal([0, 1250, 5000].map(intendedUsOf(load)), [0, 5_000_000, 10_000_000])
})

test('a ramp that falls ends on time, too', () => {
  const load = { kind: 'ramp', fromPerS: 1000, toPerS: 0, durationS: 10 } as const
  assert.is(momentsOf(load), 5000)
  // What a rising one has left at half the time is done by then.
  assert.is(Math.round(intendedUsOf(load)(3750)), 5_000_000)
  assert.is(Math.round(intendedUsOf(load)(5000)), 10_000_000)
})

for (const load of [
  { kind: 'ramp', fromPerS: 10, toPerS: 300, durationS: 7 },
  { kind: 'ramp', fromPerS: 300, toPerS: 10, durationS: 7 },
  { kind: 'ramp', fromPerS: 100, toPerS: 100.000001, durationS: 7 },
] as const) {
  test(`from ${load.fromPerS} to ${load.toPerS}: by each moment as many are due as the rate adds up to`, () => {
    const intendedUs = intendedUsOf(load)
    const growth = (load.toPerS - load.fromPerS) / load.durationS
    for (let moment = 0; moment < momentsOf(load); moment++) {
      const t = intendedUs(moment) / 1_000_000
      assert.ok(Math.abs(load.fromPerS * t + (growth * t * t) / 2 - moment) < 1e-6, `${moment} at ${t}`)
    }
  })
}

test.run()
