/** What a process counts, and how the figures of several are added up. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createTotals, figuresOf, mayShow } from '../../server/live/counted.ts'
import { createHistory } from '../../server/live/history.ts'
import { bucketOf, latencyBuckets, percentileMs } from '../../server/live/latency.ts'
import { createPeers, peersMax } from '../../server/live/peers.ts'
import { decodeSummary, encodeSummary, type Summary } from '../../server/live/summary.ts'

const test = suite('live: counting')

const summaryOf = (change: Partial<Summary> = {}): Summary => ({
  key: 'a',
  process: {
    id: 'host:1',
    worker: null,
    strategy: 'batch',
    queue: 0,
    queue_limit: 10,
    in_flight: 0,
    connections: 0,
    event_loop_lag_ms: 0,
  },
  watchers: 0,
  isLeaving: false,
  counted: { claims: [1, 0, 0, 0], releases: 0, changes: 0, latencies: [3, 1] },
  ...change,
})

test('a percentile is within 3 % of the latency that was counted, from 0.1 ms to 100 s', () => {
  let before = -1
  for (let ms = 0.001; ms < 100_000; ms *= 1.01) {
    const bucket = bucketOf(ms)
    assert.ok(bucket >= before && bucket < latencyBuckets, `${ms} ms`)
    before = bucket
    const told = percentileMs([bucket, 1], 0.5)!
    if (ms > 0.1) assert.ok(Math.abs(told - ms) / ms <= 0.034, `${ms} ms told as ${told}`)
  }
  assert.is(bucketOf(1e9), latencyBuckets - 1)
  assert.is(bucketOf(-1), 0)
})

test('p50 and p99 of counts that were added up', () => {
  const totals = createTotals()
  for (let n = 1; n <= 99; n += 1) totals.claim('claimed', 1)
  const other = createTotals()
  other.claim('sold_out', 500)
  other.claim('busy', 500)
  other.released(3)
  totals.add(other.take())
  const figures = figuresOf(totals.take())
  assert.equal(figures.claims, { claimed: 99, sold_out: 1, already_claimed: 0, other: 1 })
  assert.is(figures.releases, 3)
  assert.ok(Math.abs(figures.latency_ms.p50! - 1) < 0.04)
  assert.ok(Math.abs(figures.latency_ms.p99! - 500) < 16)
  assert.is(totals.isEmpty(), true)
  assert.equal(figuresOf(totals.take()).latency_ms, { p50: null, p99: null })
})

test('a rejection shows in no coupon; a claim, a release and an edit do', () => {
  const totals = createTotals()
  totals.claim('sold_out', 1)
  assert.is(mayShow(totals.take()), false)
  for (const happen of [() => totals.claim('claimed', 1), () => totals.released(1), () => totals.changed()]) {
    happen()
    assert.is(mayShow(totals.take()), true)
  }
  totals.released(0)
  assert.is(totals.isEmpty(), true)
})

test('a summary is what it was on the other side, and fits into a notice at its largest', () => {
  assert.equal(decodeSummary(encodeSummary(summaryOf())), { version: 1, ...summaryOf() })
  const latencies = Array.from({ length: latencyBuckets }, (_, bucket) => [bucket, 999_999]).flat()
  const counted = { claims: [1e6, 1e6, 1e6, 1e6], releases: 1e6, changes: 1e6, latencies }
  const process = { ...summaryOf().process, id: `${'h'.repeat(253)}:4194304` }
  assert.ok(encodeSummary(summaryOf({ counted, process })).length < 8000)
})

test('whatever else comes over the channel is no summary', () => {
  const good = summaryOf()
  const bad: unknown[] = [
    '',
    'x',
    'null',
    '[]',
    '{}',
    { ...good, version: 2 },
    { version: 1, ...good, watchers: -1 },
    { version: 1, ...good, key: 1 },
    { version: 1, ...good, process: null },
    { version: 1, ...good, counted: { ...good.counted, latencies: [latencyBuckets, 1] } },
    { version: 1, ...good, counted: { ...good.counted, latencies: [1] } },
    { version: 1, ...good, counted: { ...good.counted, claims: [1] } },
    { version: 1, ...good, counted: { ...good.counted, releases: '1' } },
  ]
  for (const each of bad) {
    assert.is(decodeSummary(typeof each === 'string' ? each : JSON.stringify(each)), null)
  }
})

test('a process that is silent, or that says it is leaving, is no longer there; too many are not remembered', () => {
  let nowMs = 0
  const peers = createPeers(() => nowMs)
  peers.hear(summaryOf({ key: 'a', watchers: 1 }))
  peers.hear(summaryOf({ key: 'b' }))
  assert.is(peers.areWatched(), true)
  nowMs = 2000
  peers.hear(summaryOf({ key: 'b' }))
  nowMs = 4000
  peers.dropSilent()
  assert.equal(
    peers.list().map(({ seen_ms_ago }) => seen_ms_ago),
    [2000],
  )
  assert.is(peers.areWatched(), false)
  peers.hear(summaryOf({ key: 'b', isLeaving: true }))
  assert.is(peers.size(), 0)
  for (let n = 0; n < peersMax + 10; n += 1) peers.hear(summaryOf({ key: `${n}` }))
  assert.is(peers.size(), peersMax)
})

test('the history has one tick a second, quiet ones too, for two minutes', () => {
  const history = createHistory()
  const { counted } = summaryOf()
  history.add(counted, 10_100)
  history.add(counted, 10_900)
  history.add(counted, 12_500)
  assert.equal(
    history.read(13_999).map(({ at, seconds, claims }) => [at, seconds, claims.claimed]),
    [
      [11_000, 1, 2],
      [12_000, 1, 0],
      [13_000, 1, 1],
    ],
  )
  assert.is(history.read(500_000).length, 120)
  assert.is(history.read(500_000).at(-1)?.at, 500_000)
  history.clear()
  assert.equal(history.read(600_000), [])
})

test.run()
