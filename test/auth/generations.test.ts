import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createGenerations } from '../../server/auth/generations.ts'

const test = suite('auth: generations')

test('never more entries than the limit, and the last half of them at least', () => {
  const kept = createGenerations<{ place: number }>(10)
  for (let place = 0; place < 1000; place += 1) {
    kept.set(String(place), { place })
    assert.ok(kept.size() <= 10)
    for (let back = 0; back < Math.min(5, place + 1); back += 1)
      assert.is(kept.get(String(place - back))?.place, place - back)
  }
})

test('what is asked for stays, what is not goes', () => {
  const kept = createGenerations<object>(4)
  const asked = {}
  kept.set('asked', asked)
  kept.set('silent', {})
  for (let place = 0; place < 20; place += 1) {
    assert.is(kept.get('asked'), asked)
    kept.set(String(place), {})
  }
  assert.is(kept.get('silent'), undefined)
})

test('set again is one entry, in either generation; deleted is gone from both', () => {
  const kept = createGenerations<{ value: number }>(4)
  for (const name of ['a', 'b', 'c']) kept.set(name, { value: 1 })
  kept.set('a', { value: 2 })
  assert.is(kept.size(), 3)
  assert.is(kept.get('a')?.value, 2)
  for (const name of ['a', 'b', 'c']) kept.delete(name)
  assert.is(kept.size(), 0)
  assert.is(kept.get('a'), undefined)
})

test.run()
