import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  countOutcomes,
  countRequests,
  durationMsOf,
  histogramsOf,
  summariseLatency,
  summariseService,
  timelineOf,
} from '../../cli/stress/measures/stats.ts'
import { createRecords } from '../../cli/stress/records.ts'
import { createRandom } from '../support/random.ts'
import { recordsOf, type SampleLine } from '../support/stress-runs.ts'

const test = suite('stress: stats')

/** Claims that are sent at 0 and take so long. */
function claims(latenciesMs: readonly number[]): SampleLine[] {
  return latenciesMs.map((endedMs) => ({ endedMs, end: 'claimed' }))
}

const none = {
  claimed: 0,
  sold_out: 0,
  already_claimed: 0,
  busy: 0,
  released: 0,
  told: 0,
  abandoned: 0,
  error: 0,
}

test('percentiles of 1 to 1000 ms are within a thousandth, min, mean and max exact', () => {
  const { all } = summariseLatency(recordsOf(claims(Array.from({ length: 1000 }, (_, index) => index + 1))))
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
  const { all } = summariseLatency(recordsOf(claims([1234.567])))
  assert.equal([all!.p50, all!.p99_9, all!.max], [1234.567, 1234.567, 1234.567])
})

test('latency is split by outcome, and null where there is none', () => {
  const lines: SampleLine[] = [
    ...claims([10, 20]),
    { endedMs: 30, end: 'sold_out' },
    { endedMs: 40, end: 'sold_out' },
  ]
  const latency = summariseLatency(recordsOf(lines))
  assert.equal([latency.claimed!.mean, latency.sold_out!.mean, latency.all!.mean], [15, 35, 25])
  assert.equal([latency.already_claimed, latency.busy, latency.error], [null, null, null])
})

test('latency runs from the intended moment, service from the write', () => {
  const records = recordsOf([{ intendedMs: 100, sentMs: 1100, endedMs: 1105, end: 'claimed' }])
  assert.is(summariseLatency(records).claimed!.max, 1005)
  assert.is(summariseService(records).claimed!.max, 5)
})

const unanswered: SampleLine[] = [
  { end: 'planned' },
  { sentMs: 1, end: 'sent' },
  { intendedMs: 2, end: 'dropped' },
  { intendedMs: 2, kind: 'release', end: 'skipped' },
]

test('what was never answered is in no latency, no histogram, no timeline', () => {
  const records = recordsOf(unanswered)
  assert.equal(countOutcomes(records), none)
  assert.is(summariseLatency(records).all, null)
  assert.equal(histogramsOf(records), [])
  assert.equal(timelineOf(records, 5), {
    step_s: 0.001,
    t_s: [],
    outcomes: {},
    p50_ms: [],
    p99_ms: [],
    remaining: [],
  })
  assert.is(durationMsOf(records), 0)
  assert.is(durationMsOf(createRecords(0)), 0)
})

test('a client that left is counted, not timed', () => {
  const records = recordsOf([{ endedMs: 0.1, end: 'abandoned', isAbandoned: true }, ...claims([5])])
  assert.equal(countOutcomes(records), { ...none, claimed: 1, abandoned: 1 })
  const latency = summariseLatency(records)
  assert.equal([latency.abandoned, latency.all!.min], [null, 5])
  assert.equal(
    histogramsOf(records).map(({ outcome }) => outcome),
    ['all', 'claimed'],
  )
  const timeline = timelineOf(records, 1)
  assert.equal([timeline.outcomes.abandoned?.[0], timeline.p50_ms[0]], [1, null])
})

test('requests are counted by what became of them; only an open model is late', () => {
  const records = recordsOf([
    ...unanswered,
    { intendedMs: 0, sentMs: 10, endedMs: 11, end: 'claimed' },
    { intendedMs: 0, sentMs: 10.001, endedMs: 11, end: 'claimed', isDuplicate: true },
    { intendedMs: 0, end: 'dropped', isDuplicate: true },
  ])
  const counts = { planned: 7, sent: 3, finished: 2, late: 1, dropped: 2, skipped: 1, duplicates: 1 }
  assert.equal(countRequests(records, true), counts)
  assert.equal(countRequests(records, false), { ...counts, late: 0 })
})

test('a histogram holds every answer once, between bounds that all outcomes share', () => {
  const random = createRandom(1)
  const latenciesUs = Array.from({ length: 5000 }, () => random.next(10 ** (random.next(6) + 1)))
  const lines = latenciesUs.map((us, line): SampleLine => {
    return { endedMs: us / 1000, end: line % 3 === 0 ? 'claimed' : 'sold_out' }
  })
  const [all, ...rest] = histogramsOf(recordsOf(lines))
  assert.is(all!.outcome, 'all')
  for (const [bucket, count] of all!.counts.entries()) {
    const [from, to] = [all!.bounds_ms[bucket]! * 1000, all!.bounds_ms[bucket + 1]! * 1000]
    const expected = latenciesUs.filter((us) => us >= Math.round(from) && us < Math.round(to)).length
    assert.is(count, expected, `${from} to ${to}`)
    assert.is(
      rest.reduce((sum, { counts }) => sum + counts[bucket]!, 0),
      count,
    )
  }
  assert.is(
    all!.counts.reduce((sum, count) => sum + count, 0),
    5000,
  )
  for (const { bounds_ms } of rest) assert.equal(bounds_ms, all!.bounds_ms)
})

test('bounds grow evenly, finer for a narrow spread, and hold the minimum and the maximum', () => {
  for (const latencies of [[0], [0.001], [1000], [38, 166], [0.5, 5000], [0, 4_294_967]]) {
    const [all] = histogramsOf(recordsOf(claims(latencies)))
    const { bounds_ms, counts } = all!
    assert.ok(bounds_ms[0]! <= Math.min(...latencies) && bounds_ms.at(-1)! > Math.max(...latencies))
    assert.is(counts.length, bounds_ms.length - 1)
    assert.ok(counts.length <= 60, `${counts.length} buckets`)
    assert.is(
      counts.reduce((sum, count) => sum + count, 0),
      latencies.length,
    )
  }
  const [narrow] = histogramsOf(recordsOf(claims([38, 166])))
  assert.ok(Math.abs(narrow!.bounds_ms[2]! / narrow!.bounds_ms[1]! - 10 ** (1 / 40)) < 0.001)
})

test('the percentile curve rises from the minimum to the maximum, closer and closer towards 100', () => {
  const latencies = Array.from({ length: 100_000 }, (_, index) => (index + 1) / 100)
  const [all] = histogramsOf(recordsOf(claims(latencies)))
  const points = all!.percentiles
  assert.ok(points.length <= 100 && points.length > 60, `${points.length} points`)
  assert.equal(
    [points[0], points.at(-1)],
    [
      [0, 0.01],
      [100, 1000],
    ],
  )
  assert.ok(points.some(([percentile]) => percentile > 99.99 && percentile < 100))
  for (const [index, [percentile, ms]] of points.entries()) {
    assert.ok(index === 0 || (percentile > points[index - 1]![0] && ms >= points[index - 1]![1]))
    assert.ok(Math.abs(ms - percentile * 10) <= 0.011, `${percentile}: ${ms}`)
  }
})

test('a single answer has a curve of two points', () => {
  const [all] = histogramsOf(recordsOf(claims([7])))
  assert.equal(all!.percentiles, [
    [0, 7],
    [100, 7],
  ])
})

test('the timeline has 20 to 120 steps of a round length, whatever the duration', () => {
  for (const [lastMs, stepS] of [
    [20, 0.001],
    [119.999, 0.001],
    [120, 0.002],
    [504, 0.005],
    [1199, 0.01],
    [1500, 0.02],
    [30_000, 0.5],
    [60_000, 1],
    [4_294_967, 50],
  ] as const) {
    const { step_s, t_s } = timelineOf(recordsOf(claims([lastMs])), 1)
    assert.is(step_s, stepS, `${lastMs} ms`)
    assert.ok(t_s.length >= 20 && t_s.length <= 120, `${lastMs} ms: ${t_s.length} steps`)
    assert.ok(t_s.at(-1)! * 1000 <= lastMs && lastMs < (t_s.at(-1)! + step_s) * 1000)
  }
})

test('each step has its answers by outcome, its percentiles and the stock at its end', () => {
  const records = recordsOf([
    { endedMs: 0.5, end: 'claimed' },
    { endedMs: 0.9, end: 'claimed' },
    { intendedMs: 1, endedMs: 2.5, end: 'released' },
    { intendedMs: 1, endedMs: 19.5, end: 'sold_out' },
  ])
  const timeline = timelineOf(records, 10)
  assert.is(timeline.t_s.length, 20)
  assert.equal(timeline.t_s.slice(0, 3), [0, 0.001, 0.002])
  assert.equal(Object.keys(timeline.outcomes), ['claimed', 'sold_out', 'released'])
  assert.equal(timeline.outcomes.claimed?.slice(0, 3), [2, 0, 0])
  assert.equal(timeline.remaining.slice(0, 4), [8, 8, 9, 9])
  assert.equal(timeline.p50_ms.slice(0, 3), [0.5, null, 1.5])
  assert.equal([timeline.p99_ms[0], timeline.p99_ms[19]], [0.9, 18.5])
  for (const column of [timeline.p50_ms, timeline.p99_ms, timeline.remaining, timeline.outcomes.released]) {
    assert.is(column?.length, 20)
  }
})

test('a million requests are measured in seconds', () => {
  const records = createRecords(1_000_000)
  for (let line = 0; line < records.total; line++) {
    records.intendedUs[line] = line * 20
    records.sentUs[line] = line * 20 + 10
    records.endedUs[line] = line * 20 + 500 + (line % 50_000)
    records.states[line] = 4 + (line % 2)
  }
  const startMs = performance.now()
  for (const measure of [countOutcomes, summariseLatency, summariseService, histogramsOf]) measure(records)
  const timeline = timelineOf(records, 1000)
  // Measured: 0.8 s altogether; the rest is for a machine that many share.
  assert.ok(performance.now() - startMs < 10_000)
  assert.is(
    timeline.outcomes.claimed?.reduce((sum, count) => sum + count, 0),
    500_000,
  )
})

test.run()
