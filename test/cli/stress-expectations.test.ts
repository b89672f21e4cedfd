import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Expectation, parseExpectation } from '../../cli/stress/expectations.ts'
import { judge } from '../../cli/stress/judge.ts'
import type { LatencySummary, StressRun } from '../../cli/stress/report/document.ts'

const test = suite('stress: expectations')

function read(text: string): Expectation {
  const expectation = parseExpectation(text)
  if (typeof expectation === 'string') throw new Error(expectation)
  return expectation
}

function wrong(text: string): string {
  const expectation = parseExpectation(text)
  return typeof expectation === 'string' ? expectation : ''
}

test('latency: of all or of an outcome, in any unit', () => {
  assert.equal(read('p99<50ms'), {
    expression: 'p99<50ms',
    metric: { kind: 'latency', outcome: 'all', figure: 'p99' },
    comparison: '<',
    limit: 50,
  })
  assert.equal(read(' claimed.p99.9 <= 1.5s '), {
    expression: 'claimed.p99.9 <= 1.5s',
    metric: { kind: 'latency', outcome: 'claimed', figure: 'p99_9' },
    comparison: '<=',
    limit: 1500,
  })
  assert.is(read('min>=500us').limit, 0.5)
  for (const name of ['min', 'mean', 'p50', 'p90', 'p95', 'p99', 'p99.9', 'max']) read(`sold_out.${name}<1s`)
})

test('rates are plain numbers, outcomes are counted or shares', () => {
  assert.equal(read('claims_per_s>2000').metric, { kind: 'rate', of: 'claims_per_s' })
  assert.equal(read('errors<1%').metric, { kind: 'outcome', outcome: 'error', as: 'share' })
  assert.is(read('errors<1%').limit, 0.01)
  assert.equal(read('sold_out<=900').metric, { kind: 'outcome', outcome: 'sold_out', as: 'count' })
  assert.equal(read('busy<0.5%').metric, { kind: 'outcome', outcome: 'busy', as: 'share' })
})

test('what is wrong is told exactly', () => {
  for (const text of ['', 'p99', 'p99=50ms', 'p99==50ms', '<50ms', 'p99<', 'p99<fast', 'p99<-5ms'])
    assert.match(wrong(text), 'wants a metric, one of < <= > >=, and a limit, such as', text)
  assert.match(wrong('p98<5ms'), 'but p98 is no metric; wants min, mean, p50')
  assert.match(wrong('won.p99<5ms'), 'but won is no outcome; wants one of claimed, sold_out')
  assert.match(wrong('p99<50'), 'wants for p99 a time with its unit, ms, s or us, such as p99<50ms')
  assert.match(wrong('claimed.p99<50%'), 'wants for claimed.p99 a time')
  assert.match(wrong('claims_per_s>5ms'), 'without a unit')
  assert.match(wrong('errors<5ms'), 'a count or a share in %')
})

function runOf(values: {
  strategy?: string
  p99?: number
  claimsPerS?: number
  errors?: number
  finished?: number
  interrupted?: boolean
}): StressRun {
  const { strategy = 'batch', p99, claimsPerS = 0, errors = 0, finished = 100, interrupted = false } = values
  const summary = p99 === undefined ? null : ({ p99 } as LatencySummary)
  return {
    strategy,
    interrupted,
    latency_ms: { all: summary, claimed: null },
    throughput: { requests_per_s: 0, claims_per_s: claimsPerS },
    outcomes: { error: errors },
    requests: { finished },
  } as unknown as StressRun
}

test('kept and crossed, with by how much', () => {
  const [crossed] = judge([read('p99<50ms')], [runOf({ p99: 61.3 })])
  assert.equal(crossed, {
    expression: 'p99<50ms',
    strategy: 'batch',
    actual: 61.3,
    limit: 50,
    unit: 'ms',
    passed: false,
    detail: 'p99<50ms: 61.3 ms, 11.3 ms (22.6 %) too much',
  })
  const detailOf = (text: string, run: StressRun) => judge([read(text)], [run])[0]!.detail
  assert.is(detailOf('p99<50ms', runOf({ p99: 40 })), 'p99<50ms: 40 ms, 10 ms (20 %) to spare')
  assert.is(detailOf('p99<50ms', runOf({ p99: 50 })), 'p99<50ms: 50 ms, exactly the limit')
  assert.is(
    detailOf('claims_per_s>2000', runOf({ claimsPerS: 1800 })),
    'claims_per_s>2000: 1,800/s, 200/s (10 %) too little',
  )
  assert.is(detailOf('errors<1%', runOf({ errors: 3 })), 'errors<1%: 3 %, 2 points (200 %) too much')
  assert.is(detailOf('errors<=0', runOf({ errors: 3 })), 'errors<=0: 3, 3 too much')
})

test('the limit itself belongs to <= and >=, not to < and >', () => {
  const passed = (text: string) => judge([read(text)], [runOf({ p99: 50 })])[0]!.passed
  assert.equal(['p99<50ms', 'p99<=50ms', 'p99>50ms', 'p99>=50ms'].map(passed), [false, true, false, true])
})

test('of several runs the median counts, for each strategy', () => {
  const runs = [
    ...[10, 90, 20].map((p99) => runOf({ p99 })),
    ...[60, 80].map((p99) => runOf({ p99, strategy: 'lock' })),
  ]
  const results = judge([read('p99<50ms')], runs)
  assert.equal(
    results.map(({ strategy, actual, passed }) => [strategy, actual, passed]),
    [
      ['batch', 20, true],
      ['lock', 70, false],
    ],
  )
  assert.is(results[0]!.detail, 'p99<50ms, batch: 20 ms, the median of 3 runs, 30 ms (60 %) to spare')
})

test('a run that was cut short counts only where there is no whole one', () => {
  const cut = runOf({ p99: 90, interrupted: true })
  assert.is(judge([read('p99<50ms')], [cut, runOf({ p99: 10 })])[0]!.actual, 10)
  assert.is(judge([read('p99<50ms')], [cut])[0]!.actual, 90)
})

test('where nothing was measured an expectation is not met', () => {
  const [none] = judge([read('claimed.p99<50ms')], [runOf({ p99: 1 })])
  assert.equal([none!.actual, none!.passed], [null, false])
  assert.match(none!.detail, 'nothing was measured, for no request ended as claimed')
  const [unanswered] = judge([read('errors<1%')], [runOf({ finished: 0 })])
  assert.match(unanswered!.detail, 'nothing was measured, for no request was answered')
  assert.not.ok(unanswered!.passed)
})

test.run()
