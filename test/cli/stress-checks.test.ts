import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Check, checkSale } from '../../cli/stress/checks.ts'
import { endingOfAnswer, endingOfFailure } from '../../cli/stress/outcomes.ts'
import { createRecords, markEnded, markSent } from '../../cli/stress/records.ts'

const test = suite('stress: checks')

const endings = {
  claimed: endingOfAnswer(200, ''),
  sold_out: endingOfAnswer(400, '{"kind":"business_validation_error"}'),
  busy: endingOfAnswer(409, '{"kind":"acquire_redis_lock_error"}'),
  already: endingOfAnswer(409, '{"kind":"conflict_error"}'),
  refused: endingOfAnswer(503, '{"kind":"service_unavailable_error"}'),
  cut: endingOfFailure(new Error('cut'), true),
}

interface Sale {
  users?: number
  amount?: number
  remaining?: number
  before?: string[]
  after?: string[]
  /** [user, answer] for each request. */
  answers?: [number, keyof typeof endings][]
}

/** Three users want two units; user_0 and user_1 get them. */
const rightSale = {
  users: 3,
  amount: 2,
  before: [] as string[],
  after: ['user_0', 'user_1'],
  answers: [
    [0, 'claimed'],
    [1, 'claimed'],
    [2, 'sold_out'],
  ] as [number, keyof typeof endings][],
}

function check(change: Sale = {}): Check[] {
  const {
    users,
    amount,
    before,
    after,
    answers,
    remaining = amount - after.length,
  } = { ...rightSale, ...change }
  const records = createRecords(Uint32Array.from(answers, ([user]) => user))
  for (const [request, [, answer]] of answers.entries()) {
    markSent(records, request, 0)
    markEnded(records, request, { ending: endings[answer], nowMs: 1 })
  }
  return checkSale({
    users,
    records,
    before: { name: 'C', amount, remaining_amount: amount - before.length, claimants: before },
    after: { name: 'C', amount, remaining_amount: remaining, claimants: after },
  })
}

function failed(checks: readonly Check[]): string[] {
  return checks.filter(({ passed }) => !passed).map(({ name }) => name)
}

function detailOf(checks: readonly Check[], name: Check['name']): string {
  return checks.find((one) => one.name === name)!.detail
}

test('a right sale passes every check, and each says its numbers', () => {
  const checks = check()
  assert.equal(failed(checks), [])
  assert.equal(
    checks.map(({ detail }) => detail),
    [
      '2 claims are stored for an amount of 2.',
      '2 of 2 possible claims were made: 3 users without a claim, 2 units in stock.',
      'No user holds two claims or was told "claimed" twice.',
      '2 answers "claimed", and each has its stored claim.',
      '2 new claims, each told to its user.',
      'remaining_amount is 0: amount 2 minus 2 claims.',
    ],
  )
})

test('not_oversold: more claims than the amount', () => {
  const checks = check({
    after: ['user_0', 'user_1', 'user_2'],
    answers: [
      [0, 'claimed'],
      [1, 'claimed'],
      [2, 'claimed'],
    ],
  })
  assert.equal(failed(checks), ['not_oversold'])
  assert.is(detailOf(checks, 'not_oversold'), '3 claims are stored for an amount of 2: 1 too many.')
})

test('not_undersold: refused while stock was left', () => {
  const checks = check({
    after: ['user_0'],
    answers: [
      [0, 'claimed'],
      [1, 'busy'],
      [2, 'sold_out'],
    ],
  })
  assert.equal(failed(checks), ['not_undersold'])
  assert.is(
    detailOf(checks, 'not_undersold'),
    'Only 1 of 2 possible claims were made: 2 requests were refused (1 busy, 0 errors and 1 sold out) while 1 unit was left.',
  )
})

test('not_undersold: more stock than users is no fault', () => {
  assert.equal(
    failed(
      check({
        amount: 10,
        after: ['user_0', 'user_1', 'user_2'],
        answers: [
          [0, 'claimed'],
          [1, 'claimed'],
          [2, 'claimed'],
        ],
      }),
    ),
    [],
  )
})

test('claims from before the run are nobody’s win of this run', () => {
  const checks = check({
    amount: 3,
    before: ['user_2', 'alice'],
    after: ['user_2', 'alice', 'user_0'],
    answers: [
      [0, 'claimed'],
      [1, 'sold_out'],
      [2, 'already'],
    ],
  })
  assert.equal(failed(checks), [])
  assert.is(
    detailOf(checks, 'not_undersold'),
    '1 of 1 possible claims were made: 2 users without a claim, 1 unit in stock.',
  )
})

test('one_claim_each: two rows of one user', () => {
  const checks = check({ after: ['user_0', 'user_0'], answers: [[0, 'claimed']] })
  assert.ok(failed(checks).includes('one_claim_each'))
  assert.is(detailOf(checks, 'one_claim_each'), '1 user has more than one claim stored (first user_0).')
})

test('one_claim_each: told "claimed" twice, or though holding one from before', () => {
  const twice = check({
    amount: 1,
    after: ['user_0'],
    answers: [
      [0, 'claimed'],
      [0, 'claimed'],
    ],
  })
  assert.equal(failed(twice), ['one_claim_each'])
  const again = check({
    users: 1,
    amount: 2,
    before: ['user_0'],
    after: ['user_0'],
    answers: [[0, 'claimed']],
  })
  assert.equal(failed(again), ['one_claim_each'])
  assert.match(detailOf(again, 'one_claim_each'), 'though holding a claim from before the run (first user_0)')
})

test('every_win_stored: a 200 without its row', () => {
  const checks = check({ after: ['user_0'] })
  assert.equal(failed(checks), ['not_undersold', 'every_win_stored'])
  assert.is(
    detailOf(checks, 'every_win_stored'),
    '1 user has been told "claimed" without a stored claim (first user_1).',
  )
})

test('every_claim_answered: a row whose user heard something else', () => {
  for (const answer of ['sold_out', 'busy', 'refused'] as const) {
    const checks = check({
      answers: [
        [0, 'claimed'],
        [1, answer],
        [2, 'sold_out'],
      ],
    })
    assert.equal(failed(checks), ['every_claim_answered'], answer)
  }
})

test('every_claim_answered: an error that left the outcome open covers the row', () => {
  const checks = check({
    answers: [
      [0, 'claimed'],
      [1, 'cut'],
      [2, 'sold_out'],
    ],
  })
  assert.equal(failed(checks), [])
  assert.is(
    detailOf(checks, 'every_claim_answered'),
    '2 new claims: 1 told to its user, 1 behind an error that left the outcome open.',
  )
})

test('every_claim_answered: a row of somebody outside the run', () => {
  const checks = check({ after: ['user_0', 'user_3'], answers: [[0, 'claimed']] })
  assert.equal(failed(checks), ['every_claim_answered'])
  assert.match(detailOf(checks, 'every_claim_answered'), '1 outsider has a new claim stored')
})

test('counter_matches: the counter has leaked', () => {
  const checks = check({ remaining: 1 })
  assert.equal(failed(checks), ['counter_matches'])
  assert.is(
    detailOf(checks, 'counter_matches'),
    'remaining_amount is 1, but amount 2 minus 2 claims makes 0.',
  )
})

test.run()
