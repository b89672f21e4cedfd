import { Chalk } from 'chalk'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { outcomeNames } from '../../cli/stress/outcomes.ts'
import type { LatencyByOutcome, StressDocument, StressRun } from '../../cli/stress/report/document.ts'
import { milliseconds } from '../../cli/stress/report/latency-table.ts'
import { percent, ratio, seconds, short } from '../../cli/stress/report/text/figures.ts'
import { renderReport } from '../../cli/stress/report/text.ts'
import { displayWidth, wrap } from '../../cli/stress/report/wrap.ts'
import { assertSnapshot } from '../support/snapshot.ts'
import { checksWith, sampleDocument, sampleRun, sampleShape } from '../support/stress-runs.ts'
import { samples } from '../support/stress-samples.ts'

const test = suite('stress: report')
const plain = new Chalk({ level: 0 })
const escapeCode = String.fromCharCode(27)

function assertNarrow(document: StressDocument): void {
  for (const line of renderReport(document, plain).split('\n')) {
    assert.ok(displayWidth(line) <= 80, `${displayWidth(line)}: ${line}`)
  }
}

for (const [name, sample] of Object.entries(samples)) {
  test(`${name}, word for word`, () => {
    assertSnapshot(`stress-${name}`, renderReport(sample(), plain))
  })

  test(`${name}: 80 columns, and colours change no letter`, () => {
    assertNarrow(sample())
    const coloured = renderReport(sample(), new Chalk({ level: 1 }))
    assert.ok(coloured.includes(escapeCode))
    assert.is(
      coloured.replaceAll(new RegExp(`${escapeCode}\\[\\d+m`, 'g'), ''),
      renderReport(sample(), plain),
    )
  })
}

const huge = 2_147_483_647
const slow = {
  min: 0.0004,
  mean: 4321.987,
  p50: 99_999.9,
  p90: 1,
  p95: 12.345,
  p99: 4_294_967.295,
  p99_9: 9.9999,
  max: 99_999,
}
const allSlow = Object.fromEntries(['all', ...outcomeNames].map((name) => [name, slow])) as LatencyByOutcome

/** As much and as long as can be, in a script that takes two columns a letter. */
function extremeRun(run: StressRun, repeat: number): StressRun {
  const error = { error: '過'.repeat(60), count: huge, outcome_unknown: huge, example: '負荷🔥'.repeat(66) }
  const { timeline } = run
  return {
    ...run,
    repeat,
    url: `http://${'long.'.repeat(30)}example`,
    coupons: ['X'.repeat(255), 'Y'.repeat(255), 'Z'.repeat(255)],
    stock_before: huge,
    outcomes: {
      ...(Object.fromEntries(outcomeNames.map((name) => [name, 9_999_999])) as StressRun['outcomes']),
    },
    requests: {
      planned: huge,
      sent: 10_000_000,
      finished: 9_999_999,
      late: 9_999_999,
      dropped: 9_999_999,
      skipped: 9_999_999,
      duplicates: 9_999_999,
    },
    throughput: { configured_per_s: 9_999_999.9, requests_per_s: 9_999_999.9, claims_per_s: 9_999_999.9 },
    latency_ms: allSlow,
    service_ms: allSlow,
    histograms: run.histograms.map((one) => ({ ...one, counts: one.counts.map(() => 9_999_999) })),
    timeline: { ...timeline, remaining: timeline.remaining.map(() => -huge), step_s: 0.001 },
    errors: [error],
    interrupted: true,
    checks: checksWith({ counter_matches: 'x'.repeat(300), one_claim_each: '過'.repeat(300) }),
    passed: false,
    generator: { ...run.generator, was_limit: true, reason: 'r'.repeat(200), peak_memory_mb: 99_999.9 },
  }
}

test('no line is wider than 80 columns, whatever the report holds', () => {
  const shape = {
    ...sampleShape,
    load: { kind: 'ramp', fromPerS: 0.5, toPerS: 999_999.999, durationS: 4200.123 },
    coupons: 65_535,
    mix: { claim: 1 / 3, release: 1 / 3, eligibility: 1 / 3 },
  } as const
  const thresholds = [
    {
      expression: `p99<${'9'.repeat(90)}`,
      strategy: 'lock',
      actual: null,
      limit: 1,
      unit: 'ms',
      passed: false,
      detail: '',
    },
  ] as const
  const one = sampleDocument({ runs: [extremeRun(sampleRun(), 0)], plan: { shape }, thresholds })
  const environment = { ...one.environment, redis: `valkey ${'8'.repeat(100)}` }
  assertNarrow({ ...one, environment })
  assert.not.match(renderReport(one, plain), '…')

  const strategies = ['a-strategy-with-a-long-name', 'lock']
  const runs = strategies.flatMap((strategy) =>
    [0, 99].map((repeat) => ({ ...extremeRun(sampleRun({ strategy }), repeat), undersold: huge })),
  )
  assertNarrow(sampleDocument({ runs, plan: { shape, repeat: 100, strategies }, thresholds }))
})

test('a row is shown where its outcome can occur, or did', () => {
  const rows = (document: StressDocument) =>
    renderReport(document, plain)
      .split('\n')
      .flatMap((line) => outcomeNames.filter((name) => line.startsWith(`${name} `)))
  assert.equal(rows(samples.burst()), ['claimed', 'sold_out', 'already_claimed', 'error'])
  assert.equal(rows(sampleDocument({ runs: [sampleRun({ strategy: 'lock' })] })), [
    'claimed',
    'sold_out',
    'already_claimed',
    'busy',
    'error',
  ])
  const busy = sampleDocument({ runs: [sampleRun({ lines: [{ end: 'busy' }] })] })
  assert.ok(rows(busy).includes('busy'))
  const questions = { ...sampleShape, mix: { claim: 0, release: 0, eligibility: 1 } }
  const asked = sampleRun({ lines: [{ end: 'told' }], shape: questions })
  assert.equal(rows(sampleDocument({ runs: [asked], plan: { shape: questions } })), ['told', 'error'])
})

test('a run in which nothing was answered has neither histogram nor timeline', () => {
  const run = sampleRun({ lines: [{ end: 'planned' }], isInterrupted: true })
  const text = renderReport(sampleDocument({ runs: [run] }), plain)
  assert.not.match(text, 'Timeline')
  assert.not.match(text, 'Latency, ms')
  assert.match(text, 'INTERRUPTED: 0 of 1 planned requests were sent.')
})

test('interrupted before the first run, or between two of them', () => {
  assert.match(
    renderReport(sampleDocument({ runs: [] }), plain),
    'INTERRUPTED: nothing was measured or proved.',
  )
  const text = renderReport(sampleDocument({ runs: [sampleRun()], plan: { repeat: 3 } }), plain)
  assert.match(text, 'INTERRUPTED: 2 of 3 planned runs were not made.')
})

test('several runs of which one was cut say which, and by how much', () => {
  const cut = sampleRun({ repeat: 1, lines: [{ end: 'claimed' }, { end: 'planned' }], isInterrupted: true })
  const text = renderReport(sampleDocument({ runs: [sampleRun(), cut], plan: { repeat: 2 } }), plain)
  assert.match(text, 'INTERRUPTED: 1 of 2 planned requests were sent in run 2.')
  assert.match(text, /^2 cut {3}batch/m)
  assert.match(text, 'INTERRUPTED: every check of 2 runs has passed.')
})

test('a generator that was the limit is a yellow warning, of the run that it was in', () => {
  const { generator } = samples.rate().runs[0]!
  const runs = [sampleRun(), sampleRun({ repeat: 1, generator })]
  const text = renderReport(sampleDocument({ runs, plan: { repeat: 2 } }), new Chalk({ level: 1 }))
  assert.ok(text.includes(`${escapeCode}[33mWARNING (run 2): the load generator and not the server`))
})

test('equal errors of several runs are one', () => {
  const errors = [{ error: 'ECONNRESET', count: 2, uncertain: 1, example: 'read ECONNRESET' }]
  const runs = [sampleRun({ errors }), sampleRun({ repeat: 1, errors })]
  const text = renderReport(sampleDocument({ runs, plan: { repeat: 2 } }), plain)
  assert.match(text, 'Errors of all runs\n  4 x ECONNRESET (2 with the outcome unknown)\n')
})

test('late and dropped requests of several runs are told together', () => {
  const [run] = samples.rate().runs
  const shape = { ...sampleShape, load: { kind: 'rate', perS: 2000, durationS: 1.5 } } as const
  const runs = [run!, { ...run!, repeat: 1 }]
  const text = renderReport(sampleDocument({ runs, plan: { repeat: 2, shape } }), plain)
  assert.match(text, 'Requests of all runs\n1,162 late')
  assert.match(text, '\n8 dropped')
})

test('several coupons, and a server that does not say its strategy', () => {
  const shape = { ...sampleShape, coupons: 5 }
  const run = sampleRun({ shape, couponNames: ['A', 'B', 'C', 'D', 'E'], strategy: null })
  const plan = { shape, strategies: [null], url: 'http://10.0.0.1:9000' }
  const text = renderReport(sampleDocument({ runs: [run], plan }), plain)
  assert.match(text, 'A, B, C and 2 more · burst of 1,000 users x 1 attempt for 100 units of 5 coupons')
  assert.match(text, '\nhttp://10.0.0.1:9000 · Postgres 18.4\n')
})

test('milliseconds never take more than five characters', () => {
  assert.equal([0.0004, 1.2345, 9.9996, 99.996, 999.96, 99_999, 4_294_967].map(milliseconds), [
    '0.000',
    '1.234',
    '10.00',
    '100.0',
    '1000',
    '99999',
    '4295s',
  ])
})

test('figures take their place and no more', () => {
  assert.equal([0, 12.34, 999.94, 999.96, 123_456.7, 999_999.6, 9_999_999, 2_147_483_647, -58].map(short), [
    '0',
    '12.3',
    '999.9',
    '1,000',
    '123,457',
    '1.00M',
    '10.0M',
    '2.15G',
    '-58',
  ])
  assert.equal([1, 0.0224, 0.1, 12.34, 123.4, null].map(ratio), ['1.00', '0.022', '0.10', '12.3', '123', '-'])
  assert.equal([0.05, 1 / 3, 1].map(percent), ['5 %', '33.3 %', '100 %'])
  assert.equal([0, 0.006, 0.9995, 1.5, 30].map(seconds), ['0 s', '6 ms', '1 s', '1.5 s', '30 s'])
})

test('a word longer than a line is cut, and a letter of two columns counts as two', () => {
  assert.equal(
    wrap('x'.repeat(100), '  ').map((line) => line.length),
    [80, 24],
  )
  assert.equal(wrap('a b'), ['a b'])
  assert.equal(wrap('過'.repeat(41)).map(displayWidth), [80, 2])
  assert.is(displayWidth('é…█'), 3)
  assert.is(displayWidth('e\u0301'), 1)
})

test.run()
