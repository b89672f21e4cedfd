import { Chalk } from 'chalk'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { endingOfAnswer } from '../../cli/stress/outcomes.ts'
import type { StressPlan } from '../../cli/stress/plan.ts'
import { createRecords, markEnded, markSent } from '../../cli/stress/records.ts'
import { milliseconds } from '../../cli/stress/report/latency-table.ts'
import { buildReport, type StressReport } from '../../cli/stress/report/report.ts'
import { renderReport } from '../../cli/stress/report/text.ts'
import { wrap } from '../../cli/stress/report/wrap.ts'

const test = suite('stress: report')
const plain = new Chalk({ level: 0 })

/** Four users, two units; the fourth request is answered 500. */
function sampleReport(after = ['user_0', 'user_1']): StressReport {
  const endings = [
    endingOfAnswer(200, ''),
    endingOfAnswer(200, ''),
    endingOfAnswer(400, '{"kind":"business_validation_error"}'),
    endingOfAnswer(500, '{"kind":"internal_error","message":"it broke"}'),
  ]
  const records = createRecords(Uint32Array.of(0, 1, 2, 3))
  for (const [request, ending] of endings.entries()) {
    markSent(records, request, 0)
    markEnded(records, request, { ending, nowMs: 1.5 + request })
  }
  const plan = { users: 4, attempts: 1, requests: 4, connections: 4, seed: 7, coupon: 'SALE' } as StressPlan
  return buildReport({
    plan,
    subject: {
      url: 'http://127.0.0.1:9000',
      strategy: 'batch',
      auth: 'signed',
      evidence: 'database',
      environment: { node: 'v20.20.2', postgres: '18.4', redis: null, cpus: 2 },
    },
    records,
    errors: [{ error: '500 internal_error', count: 1, uncertain: 1, example: 'it broke' }],
    before: { name: 'SALE', amount: 2, remaining_amount: 2, claimants: [] },
    after: { name: 'SALE', amount: 2, remaining_amount: 2 - after.length, claimants: after },
  })
}

test('the document has the published shape', () => {
  const report = JSON.parse(JSON.stringify(sampleReport()))
  assert.equal(report.outcomes, { claimed: 2, sold_out: 1, already_claimed: 0, busy: 0, error: 1 })
  assert.equal(
    [
      report.coupon,
      report.strategy,
      report.auth,
      report.url,
      report.users,
      report.quota,
      report.attempts,
      report.requests,
    ],
    ['SALE', 'batch', 'signed', 'http://127.0.0.1:9000', 4, 2, 1, 4],
  )
  assert.is(report.duration_s, 0.005)
  assert.equal(report.throughput, { requests_per_s: 888.9, claims_per_s: 444.4 })
  assert.equal(Object.keys(report.latency_ms), [
    'all',
    'claimed',
    'sold_out',
    'already_claimed',
    'busy',
    'error',
  ])
  assert.equal(Object.keys(report.latency_ms.all), [
    'min',
    'mean',
    'p50',
    'p90',
    'p95',
    'p99',
    'p99_9',
    'max',
  ])
  assert.equal(
    [report.latency_ms.all.min, report.latency_ms.all.mean, report.latency_ms.all.max],
    [1.5, 3, 4.5],
  )
  assert.is(report.latency_ms.busy, null)
  assert.equal(
    report.checks.map((check: { name: string }) => check.name),
    [
      'not_oversold',
      'not_undersold',
      'one_claim_each',
      'every_win_stored',
      'every_claim_answered',
      'counter_matches',
    ],
  )
  assert.equal(Object.keys(report.checks[0]), ['name', 'passed', 'detail'])
  assert.is(report.passed, true)
  assert.equal(report.environment, { node: 'v20.20.2', postgres: '18.4', redis: null, cpus: 2 })
  assert.equal([report.seed, report.connections, report.evidence], [7, 4, 'database'])
  assert.equal(report.errors, [
    { error: '500 internal_error', count: 1, outcome_unknown: 1, example: 'it broke' },
  ])
})

test('a passed run, word for word', () => {
  assert.is(
    renderReport(sampleReport(), plain),
    `SALE · 4 users x 1 attempt for 2 units
http://127.0.0.1:9000 · strategy batch · Postgres 18.4
4 connections · seed 7 · Node v20.20.2 · 2 CPUs

outcome           requests   min  mean   p50   p90   p95   p99 p99.9   max
claimed                  2 1.500 2.000 1.500 2.500 2.500 2.500 2.500 2.500
sold_out                 1 3.500 3.500 3.500 3.500 3.500 3.500 3.500 3.500
already_claimed          0     -     -     -     -     -     -     -     -
busy                     0     -     -     -     -     -     -     -     -
error                    1 4.500 4.500 4.500 4.500 4.500 4.500 4.500 4.500
all                      4 1.500 3.000 2.501 4.500 4.500 4.500 4.500 4.500

4 requests in 0.005 s: 888.9 requests/s, 444.4 claims/s
Latency in ms, from handing a request to its connection to the end of its
answer; each connection waits for its answer before it sends again (closed
model).

Errors
  1 x 500 internal_error (1 with the outcome unknown)
      e.g. it broke

Proof, read from the database
  ✔ not_oversold          2 claims are stored for an amount of 2.
  ✔ not_undersold         2 of 2 possible claims were made: 4 users without a
                          claim, 2 units in stock.
  ✔ one_claim_each        No user holds two claims or was told "claimed" twice.
  ✔ every_win_stored      2 answers "claimed", and each has its stored claim.
  ✔ every_claim_answered  2 new claims, each told to its user.
  ✔ counter_matches       remaining_amount is 0: amount 2 minus 2 claims.

PASSED: 2 of 2 units sold, none twice, none lost.`,
  )
})

test('a failed run says which checks, and why', () => {
  const report = sampleReport(['user_0'])
  assert.is(report.passed, false)
  const text = renderReport(report, plain)
  assert.match(text, '  ✘ not_undersold         Only 1 of 2 possible claims were made')
  assert.match(text, 'FAILED: 2 of 2 units sold; 2 of 6 checks have failed: not_undersold,')
})

test('no line is wider than 80 columns, whatever the report holds', () => {
  const report = sampleReport(['user_0'])
  const huge = 9_999_999
  const slow = {
    min: 0.001,
    mean: 4321.987,
    p50: 99_999.9,
    p90: 1,
    p95: 12.345,
    p99: 999.96,
    p99_9: 9.9999,
    max: 99_999,
  }
  const extreme: StressReport = {
    ...report,
    coupon: 'X'.repeat(255),
    url: `http://${'long.'.repeat(30)}example`,
    outcomes: { claimed: huge, sold_out: huge, already_claimed: huge, busy: huge, error: huge },
    requests: 10_000_000,
    latency_ms: { all: slow, claimed: slow, sold_out: slow, already_claimed: slow, busy: slow, error: slow },
    errors: [{ error: 'E'.repeat(60), count: huge, outcome_unknown: huge, example: 'x'.repeat(200) }],
    environment: { ...report.environment, redis: 'valkey 8.1 (WebAssembly)' },
  }
  for (const line of renderReport(extreme, plain).split('\n')) {
    assert.ok(line.length <= 80, `${line.length}: ${line}`)
    assert.not.match(line, '…')
  }
})

test('colours change no letter of it', () => {
  const coloured = renderReport(sampleReport(), new Chalk({ level: 1 }))
  const escapeCode = String.fromCharCode(27)
  assert.ok(coloured.includes(`${escapeCode}[32m✔`))
  assert.is(
    coloured.replaceAll(new RegExp(`${escapeCode}\\[\\d+m`, 'g'), ''),
    renderReport(sampleReport(), plain),
  )
})

test('what was read through the API alone is called so', () => {
  assert.match(
    renderReport({ ...sampleReport(), evidence: 'api' }, plain),
    'Proof, read through the API alone',
  )
})

test('milliseconds never take more than five characters', () => {
  assert.equal([0.0004, 1.2345, 9.9996, 99.996, 999.96, 99_999].map(milliseconds), [
    '0.000',
    '1.234',
    '10.00',
    '100.0',
    '1000',
    '99999',
  ])
})

test('a word longer than a line is cut', () => {
  assert.equal(
    wrap('x'.repeat(100), '  ').map((line) => line.length),
    [80, 24],
  )
  assert.equal(wrap('a b'), ['a b'])
})

test.run()
