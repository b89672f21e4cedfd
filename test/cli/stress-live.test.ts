import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createLiveStats } from '../../cli/stress/engine/live.ts'
import { endingOfAnswer } from '../../cli/stress/outcomes.ts'
import { createRecords, markDropped, markEnded, markSent, markSkipped } from '../../cli/stress/records.ts'

const test = suite('stress: live')

const won = endingOfAnswer(200, '')
const lost = endingOfAnswer(400, '{"kind":"business_validation_error"}')
const back = endingOfAnswer(200, '', 'release')

test('figures take in what is new at each look, in whatever order it ends', () => {
  const records = createRecords(5)
  const live = createLiveStats(records)
  const first = live.look(0)
  assert.equal([first.done, first.requestsPerS, first.p50, first.p99], [0, 0, null, null])

  for (const line of [0, 1, 2]) markSent(records, line, 0)
  markEnded(records, 2, { ending: won, nowUs: 1000 })
  const second = live.look(500)
  assert.equal([second.done, second.outcomes.claimed, second.requestsPerS], [1, 1, 2])
  assert.ok(Math.abs(second.p50! - 1) < 0.02 && Math.abs(second.p99! - 1) < 0.02)

  markEnded(records, 0, { ending: lost, nowUs: 2000 })
  markEnded(records, 1, { ending: back, nowUs: 2000 })
  const third = live.look(900)
  assert.equal(
    [third.done, third.outcomes.sold_out, third.outcomes.released, third.claimedLive],
    [3, 1, 1, 0],
  )
  assert.is(live.look(1000).done, 3)
})

test('what is dropped or skipped is done, and no outcome', () => {
  const records = createRecords(3)
  markDropped(records, 0)
  markSkipped(records, 2)
  const { done, outcomes, p50 } = createLiveStats(records).look(100)
  assert.is(done, 2)
  assert.is(
    Object.values(outcomes).reduce((sum, count) => sum + count),
    0,
  )
  assert.is(p50, null)
})

test('rate and percentiles are of the last second, not of the whole run', () => {
  const records = createRecords(2000)
  const live = createLiveStats(records)
  let line = 0
  function endLines(count: number, latencyUs: number): void {
    for (const end = line + count; line < end; line++) {
      markSent(records, line, 0)
      markEnded(records, line, { ending: won, nowUs: latencyUs })
    }
  }
  live.look(0)
  for (let elapsedMs = 100; elapsedMs <= 2000; elapsedMs += 100) {
    endLines(90, 1000)
    live.look(elapsedMs)
  }
  assert.is(live.look(2000).requestsPerS, 900)
  for (let elapsedMs = 2100; elapsedMs <= 3500; elapsedMs += 100) {
    endLines(10, 50_000)
    live.look(elapsedMs)
  }
  const late = live.look(3500)
  assert.is(late.requestsPerS, 100)
  assert.ok(late.p50! > 49, `${late.p50}`)
  // Nothing for a while: nothing to tell.
  live.look(5000)
  assert.equal([live.look(6000).p50, live.look(6000).requestsPerS], [null, 0])
})

test('a thread that is far ahead of another is seen, and the other one’s lines when they come', () => {
  const records = createRecords(100_000)
  const live = createLiveStats(records)
  for (let line = 0; line < 50_000; line += 2) markEnded(records, line, { ending: won, nowUs: 10 })
  assert.is(live.look(100).done, 25_000)
  for (let line = 1; line < 50_000; line += 2) markEnded(records, line, { ending: won, nowUs: 10 })
  assert.is(live.look(200).done, 50_000)
})

test('a look costs little, with a million requests and few of them new', () => {
  const records = createRecords(1_000_000)
  const live = createLiveStats(records)
  records.states.fill(1, 0, 600_000)
  for (let line = 0; line < 599_000; line++) markEnded(records, line, { ending: won, nowUs: 10 })
  live.look(100)
  const startMs = performance.now()
  for (let look = 1; look <= 20; look++) live.look(100 + look * 100)
  const eachMs = (performance.now() - startMs) / 20
  assert.ok(eachMs < 10, `${eachMs} ms`)
})

test.run()
