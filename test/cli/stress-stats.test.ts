import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { endingOfAnswer, endingOfFailure } from '../../cli/stress/outcomes.ts'
import { createRecords, markEnded, markSent } from '../../cli/stress/records.ts'
import { countOutcomes, createLiveStats, durationMsOf, summariseLatency } from '../../cli/stress/stats.ts'

const test = suite('stress: stats')
const won = endingOfAnswer(200, '')
const lost = endingOfAnswer(400, '{"kind":"business_validation_error"}')

/** Request N is sent at N ms; the latency is given. */
function recordsOf(latenciesMs: readonly number[], endingOf = (_request: number) => won) {
  const records = createRecords(new Uint32Array(latenciesMs.length))
  for (const [request, latencyMs] of latenciesMs.entries()) {
    markSent(records, request, request)
    markEnded(records, request, { ending: endingOf(request), nowMs: request + latencyMs })
  }
  return records
}

test('percentiles of 1 to 1000 ms are within a thousandth, min, mean and max exact', () => {
  const { all } = summariseLatency(recordsOf(Array.from({ length: 1000 }, (_, index) => index + 1)))
  assert.equal([all!.min, all!.mean, all!.max], [1, 500.5, 1000])
  for (const [value, expected] of [
    [all!.p50, 500],
    [all!.p90, 900],
    [all!.p95, 950],
    [all!.p99, 990],
    [all!.p99_9, 999],
  ] as const) {
    assert.ok(Math.abs(value - expected) <= expected / 1000, `${value} for ${expected}`)
  }
})

test('no percentile is above the maximum', () => {
  const { all } = summariseLatency(recordsOf([1234.567]))
  assert.equal([all!.p50, all!.p99_9, all!.max], [1234.567, 1234.567, 1234.567])
})

test('latency is split by outcome, and null where there is none', () => {
  const records = recordsOf([10, 20, 30, 40], (request) => (request < 2 ? won : lost))
  const latency = summariseLatency(records)
  assert.is(latency.claimed!.mean, 15)
  assert.is(latency.sold_out!.mean, 35)
  assert.is(latency.all!.mean, 25)
  assert.equal([latency.already_claimed, latency.busy, latency.error], [null, null, null])
})

test('requests without an answer are counted nowhere', () => {
  const records = createRecords(new Uint32Array(3))
  markSent(records, 0, 0)
  markSent(records, 1, 0)
  markEnded(records, 1, { ending: endingOfFailure(new Error('cut'), true), nowMs: 5 })
  assert.equal(countOutcomes(records), { claimed: 0, sold_out: 0, already_claimed: 0, busy: 0, error: 1 })
  assert.is(summariseLatency(records).all!.max, 5)
})

test('the duration runs from the barrier to the last answer', () => {
  assert.is(durationMsOf(recordsOf([10, 20, 2.5])), 4.5)
  assert.is(durationMsOf(createRecords(new Uint32Array(3))), 0)
})

test('live figures take in what is new at each look', () => {
  const records = createRecords(new Uint32Array(4))
  const live = createLiveStats(records)
  assert.equal(live.look(0), { done: 0, claimed: 0, requestsPerS: 0, p50: null, p99: null })
  markSent(records, 2, 0)
  markEnded(records, 2, { ending: won, nowMs: 1 })
  assert.equal(live.look(500), { done: 1, claimed: 1, requestsPerS: 2, p50: 1, p99: 1 })
  markSent(records, 0, 0)
  markEnded(records, 0, { ending: lost, nowMs: 2 })
  assert.equal([live.look(1000).done, live.look(1000).claimed], [2, 1])
})

test.run()
