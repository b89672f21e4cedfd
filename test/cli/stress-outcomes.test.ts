import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createErrorSet, mergeErrors } from '../../cli/stress/errors.ts'
import { endingOfAbandoned, endingOfAnswer, endingOfFailure } from '../../cli/stress/outcomes.ts'

const test = suite('stress: outcomes')
const envelope = (kind: string, message = 'why') =>
  JSON.stringify({ status: 0, kind, message, reference_id: 'x' })

test('the four answers of the claim route', () => {
  assert.is(endingOfAnswer(200, '').outcome, 'claimed')
  assert.is(endingOfAnswer(400, envelope('business_validation_error')).outcome, 'sold_out')
  assert.is(endingOfAnswer(409, envelope('conflict_error')).outcome, 'already_claimed')
  assert.is(endingOfAnswer(409, envelope('acquire_redis_lock_error')).outcome, 'busy')
})

test('a release and a question are answered with 200, or they are errors', () => {
  assert.is(endingOfAnswer(200, '', 'release').outcome, 'released')
  assert.is(endingOfAnswer(200, '', 'eligibility').outcome, 'told')
  for (const kind of ['release', 'eligibility'] as const) {
    const { outcome, status, error } = endingOfAnswer(409, envelope('conflict_error'), kind)
    assert.equal([outcome, status, error], ['error', 409, '409 conflict_error'])
  }
})

test('what may have changed the stock is open, a question never is', () => {
  const cut = new Error('cut')
  const open = (kind: 'claim' | 'release' | 'eligibility') => [
    endingOfAnswer(500, '', kind).isUncertain,
    endingOfFailure(cut, true, kind).isUncertain,
    endingOfAbandoned(kind).isUncertain,
  ]
  assert.equal(
    [open('claim'), open('release'), open('eligibility')],
    [
      [true, true, true],
      [true, true, true],
      [false, false, false],
    ],
  )
  assert.is(endingOfAbandoned('claim').outcome, 'abandoned')
})

test('an ending knows the status of its answer', () => {
  assert.equal(
    [
      endingOfAnswer(200, ''),
      endingOfAnswer(400, envelope('business_validation_error')),
      endingOfAnswer(503, ''),
      endingOfAbandoned('claim'),
    ].map(({ status }) => status),
    [200, 400, 503, 0],
  )
})

test('anything else is an error with its status and kind, and whether it may have stored a claim', () => {
  const cases: [number, string, string, boolean][] = [
    [400, envelope('validation_error'), '400 validation_error', false],
    [404, envelope('data_not_found_error'), '404 data_not_found_error', false],
    [409, envelope('something_else'), '409 something_else', false],
    [201, '{}', '201 without a kind', true],
    [500, envelope('internal_error'), '500 internal_error', true],
    [503, envelope('service_unavailable_error'), '503 service_unavailable_error', false],
    [503, envelope('outcome_unknown_error'), '503 outcome_unknown_error', true],
    [502, '<html>Bad Gateway</html>', '502 without a kind', true],
    [400, 'null', '400 without a kind', false],
    [400, '{"kind":5}', '400 without a kind', false],
  ]
  for (const [status, body, error, isUncertain] of cases) {
    const ending = endingOfAnswer(status, body)
    assert.equal([ending.outcome, ending.error, ending.isUncertain], ['error', error, isUncertain])
  }
  assert.is(endingOfAnswer(500, envelope('internal_error', 'it broke')).example, 'it broke')
})

test('a failed connection is uncertain only when the request was sent', () => {
  const error = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })
  assert.equal(endingOfFailure(error, true), {
    outcome: 'error',
    status: 0,
    isUncertain: true,
    error: 'ECONNRESET',
    example: 'read ECONNRESET',
  })
  assert.is(endingOfFailure(error, false).isUncertain, false)
})

test('what a server says is shown as one short line without control characters', () => {
  const { error, example } = endingOfAnswer(500, envelope('\u001b[31mred\u001b', `a\nb\t${'x'.repeat(500)}`))
  assert.is(error, '500 [31mred')
  assert.ok(example.startsWith('a b x') && example.length === 200)
})

test('equal errors are counted, the most frequent first, with the first one as example', () => {
  const errors = createErrorSet()
  errors.add(endingOfAnswer(404, envelope('data_not_found_error', 'first')))
  errors.add(endingOfAnswer(500, envelope('internal_error', 'one')))
  errors.add(endingOfAnswer(500, envelope('internal_error', 'two')))
  errors.add(endingOfAnswer(200, ''))
  assert.equal(errors.list(), [
    { error: '500 internal_error', count: 2, uncertain: 2, example: 'one' },
    { error: '404 data_not_found_error', count: 1, uncertain: 0, example: 'first' },
  ])
})

test('errors of several threads are one list', () => {
  const one = { error: '500 x', count: 2, uncertain: 1, example: 'first' }
  const rare = { error: 'ECONNRESET', count: 3, uncertain: 3, example: 'cut' }
  assert.equal(mergeErrors([[one], [rare, { ...one, count: 4, example: 'second' }], []]), [
    { error: '500 x', count: 6, uncertain: 2, example: 'first' },
    rare,
  ])
})

test('a server that words each error anew fills no memory', () => {
  const errors = createErrorSet()
  for (let turn = 0; turn < 1000; turn++) errors.add(endingOfAnswer(500, envelope(`kind_${turn}`)))
  const list = errors.list()
  assert.is(list.length, 101)
  assert.equal([list[0]!.error, list[0]!.count], ['of further kinds', 900])
})

test.run()
