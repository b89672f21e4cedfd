import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createDeadlines } from '../../server/claims/deadlines.ts'
import { createFakeClock } from '../support/fake-clock.ts'

const test = suite('claims: deadlines')

function createBench() {
  const clock = createFakeClock()
  const expired: string[] = []
  const deadlines = createDeadlines<{ name: string; deadlineMs: number }>(clock, (entry) => {
    expired.push(entry.name)
    deadlines.delete(entry)
  })
  const add = (name: string, inMs: number) => {
    const entry = { name, deadlineMs: clock.now() + inMs }
    deadlines.add(entry)
    return entry
  }
  return { clock, expired, deadlines, add }
}

test('each is noticed at its own, in whatever order they come', async () => {
  const { clock, expired, deadlines, add } = createBench()
  add('late', 300)
  add('early', 100)
  add('later', 400)
  add('earliest', 50)
  await clock.advance(50)
  assert.equal(expired, ['earliest'])
  await clock.advance(50)
  assert.equal(expired, ['earliest', 'early'])
  await clock.advance(300)
  assert.equal(expired, ['earliest', 'early', 'late', 'later'])
  assert.equal([deadlines.size(), clock.timers()], [0, 0])
})

test('one timer, and none when nobody is left', () => {
  const { clock, deadlines, add } = createBench()
  const entries = [add('late', 300), add('early', 100)]
  assert.is(clock.timers(), 1)
  for (const entry of entries) deadlines.delete(entry)
  assert.equal([deadlines.size(), clock.timers()], [0, 0])
})

test.run()
