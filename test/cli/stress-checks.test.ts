import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Check, checkNames, proveSale } from '../../cli/stress/proof/checks.ts'
import type { SaleEvidence } from '../../cli/stress/proof/tally.ts'
import { ledgerOf, type PlannedRequest, recordsOf } from '../support/sale-records.ts'

const test = suite('stress: checks')

interface Sale {
  readonly users?: number
  readonly amount?: number
  readonly remaining?: number
  readonly before?: readonly string[]
  readonly after?: readonly string[]
  readonly requests?: readonly PlannedRequest[]
  readonly isInterrupted?: boolean
}

const claimed = (user: number, more: Partial<PlannedRequest> = {}) =>
  ({ user, outcome: 'claimed', ...more }) as const
const soldOut = (user: number, more: Partial<PlannedRequest> = {}) =>
  ({ user, outcome: 'sold_out', ...more }) as const
const released = (givesBack: number, user: number, more: Partial<PlannedRequest> = {}) =>
  ({ user, kind: 'release', outcome: 'released', givesBack, ...more }) as const
const cut = (user: number) => ({ user, outcome: 'error', isUncertain: true }) as const
const left = (user: number) => ({ user, outcome: 'abandoned' }) as const

/** Three users want two units; user_0 and user_1 get them. */
const rightSale = {
  users: 3,
  amount: 2,
  before: [] as readonly string[],
  after: ['user_0', 'user_1'] as readonly string[],
  requests: [claimed(0), claimed(1), soldOut(2)] as readonly PlannedRequest[],
  isInterrupted: false,
}

function evidenceOf(change: Sale = {}): SaleEvidence {
  const { users, amount, before, after, requests, isInterrupted } = { ...rightSale, ...change }
  const stored = ledgerOf('C', amount, after)
  return {
    users,
    records: recordsOf(requests),
    before: [ledgerOf('C', amount, before)],
    after: [{ ...stored, remaining_amount: change.remaining ?? stored.remaining_amount }],
    isInterrupted,
  }
}

const check = (change: Sale = {}) => proveSale(evidenceOf(change)).checks

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
    checks.map(({ name }) => name),
    [...checkNames],
  )
  assert.equal(
    checks.map(({ detail }) => detail),
    [
      '2 claims are stored for an amount of 2.',
      '2 of 2 possible claims were made: 3 users without a claim, 2 units in stock.',
      '1 answer "sold_out", and it was not given while a unit was certainly left.',
      'No user holds two claims or was told "claimed" twice.',
      '2 answers "claimed", and each has its stored claim.',
      '2 new claims, each told to its user.',
      'remaining_amount is 0: amount 2 minus 2 claims.',
    ],
  )
})

test('not_oversold: more claims than the amount', () => {
  const change = { after: ['user_0', 'user_1', 'user_2'], requests: [claimed(0), claimed(1), claimed(2)] }
  const checks = check(change)
  assert.equal(failed(checks), ['not_oversold'])
  assert.is(detailOf(checks, 'not_oversold'), '3 claims are stored for an amount of 2: 1 too many.')
  const { oversold, undersold } = proveSale(evidenceOf(change))
  assert.equal([oversold, undersold], [1, 0])
})

test('not_undersold: refused while stock was left', () => {
  const busy = { user: 1, outcome: 'busy' } as const
  const change = { after: ['user_0'], requests: [claimed(0), busy, soldOut(2)] }
  const checks = check(change)
  assert.equal(failed(checks), ['not_undersold', 'no_false_sold_out'])
  assert.is(
    detailOf(checks, 'not_undersold'),
    'Only 1 of 2 possible claims were made: 2 requests were refused (1 busy, 0 errors and 1 sold out) while 1 unit was left.',
  )
  assert.is(
    detailOf(checks, 'no_false_sold_out'),
    '1 of 1 answer "sold_out" was given while a unit was certainly left (first to user_2 at 0.003 s, when at most 1 of 2 units can have been held).',
  )
  const { oversold, undersold } = proveSale(evidenceOf(change))
  assert.equal([oversold, undersold], [0, 1])
})

test('not_undersold: more stock than users is no fault', () => {
  const sale = {
    amount: 10,
    after: ['user_0', 'user_1', 'user_2'],
    requests: [claimed(0), claimed(1), claimed(2)],
  }
  assert.equal(failed(check(sale)), [])
})

test('not_undersold: who never asked, was not waited for or was cut by Ctrl-C is no candidate', () => {
  const unsent = { user: 2 }
  const waiting = { user: 2, outcome: null }
  for (const request of [unsent, waiting, left(2)]) {
    const checks = check({ amount: 3, requests: [claimed(0), claimed(1), request] })
    assert.equal(failed(checks), [])
    assert.match(detailOf(checks, 'not_undersold'), '2 of 2 possible claims were made: 2 users')
  }
  const broken = { amount: 3, requests: [claimed(0), claimed(1), cut(2)] }
  assert.equal(failed(check(broken)), ['not_undersold'])
  assert.equal(failed(check({ ...broken, isInterrupted: true })), [])
})

test('a client that left may have its claim: who left keeps nobody’s unit from being demanded', () => {
  const checks = check({ requests: [claimed(0), left(1), soldOut(2)] })
  assert.equal(failed(checks), [])
  assert.match(detailOf(checks, 'every_claim_answered'), '1 behind a request that left the outcome open')
  assert.equal(failed(check({ after: ['user_0'], requests: [claimed(0), left(1), soldOut(2)] })), [
    'not_undersold',
    'no_false_sold_out',
  ])
})

test('claims from before the run are nobody’s win of this run', () => {
  const already = { user: 2, outcome: 'already_claimed' } as const
  const checks = check({
    amount: 3,
    before: ['user_2', 'alice'],
    after: ['user_2', 'alice', 'user_0'],
    requests: [claimed(0), soldOut(1), already],
  })
  assert.equal(failed(checks), [])
  assert.is(
    detailOf(checks, 'not_undersold'),
    '1 of 1 possible claims were made: 2 users without a claim, 1 unit in stock.',
  )
})

test('no_false_sold_out: only what may have been taken by the end of the answer counts', () => {
  const early = soldOut(2, { sentMs: 0, endedMs: 0.9 })
  const late = [claimed(0, { sentMs: 1 }), claimed(1, { sentMs: 2 })]
  assert.equal(failed(check({ requests: [early, ...late] })), ['no_false_sold_out'])
  const during = soldOut(2, { sentMs: 0, endedMs: 2 })
  assert.equal(failed(check({ requests: [during, ...late] })), [])
})

test('no_false_sold_out: after a release, other processes have a second to notice', () => {
  const sale = (sentMs: number) => ({
    amount: 1,
    after: [],
    requests: [claimed(0), released(0, 0, { sentMs: 10, endedMs: 20 }), soldOut(2, { sentMs })],
  })
  assert.equal(failed(check(sale(1020))), [])
  const checks = check(sale(1021))
  assert.equal(failed(checks), ['not_undersold', 'no_false_sold_out'])
  assert.match(detailOf(checks, 'no_false_sold_out'), 'at most 0 of 1 unit can have been held')
  assert.is(
    detailOf(checks, 'not_undersold'),
    'At least 1 more claim was possible: 1 user without a claim was refused last while a unit was certainly left (first user_2), and 1 unit is left.',
  )
})

test('one_claim_each: two rows of one user', () => {
  const checks = check({ after: ['user_0', 'user_0'], requests: [claimed(0)] })
  assert.ok(failed(checks).includes('one_claim_each'))
  assert.is(detailOf(checks, 'one_claim_each'), '1 user has more than one claim stored (first user_0).')
})

test('one_claim_each: told "claimed" twice, or though holding one from before', () => {
  const twice = check({ amount: 1, after: ['user_0'], requests: [claimed(0), claimed(0)] })
  assert.equal(failed(twice), ['one_claim_each'])
  const before = { users: 1, amount: 2, before: ['user_0'], after: ['user_0'] }
  const again = check({ ...before, requests: [claimed(0)] })
  assert.equal(failed(again), ['one_claim_each'])
  assert.match(detailOf(again, 'one_claim_each'), 'though holding a claim from before the run (first user_0)')
})

test('one_claim_each: a claim may be had again after its release, and not a moment before', () => {
  const second = (endedMs: number) => ({
    amount: 1,
    after: ['user_0'],
    requests: [claimed(0), released(0, 0, { sentMs: 10, endedMs: 20 }), claimed(0, { sentMs: 5, endedMs })],
  })
  const right = check(second(11))
  assert.equal(failed(right), [])
  assert.match(detailOf(right, 'one_claim_each'), 'told "claimed" twice without a release between')
  assert.is(
    detailOf(right, 'every_win_stored'),
    '2 answers "claimed": 1 has its stored claim and 1 was given back.',
  )
  const wrong = check(second(9))
  assert.equal(failed(wrong), ['one_claim_each'])
  assert.is(
    detailOf(wrong, 'one_claim_each'),
    '1 user has been told "claimed" again before giving the first claim back (first user_0).',
  )
})

test('every_win_stored: a 200 without its row', () => {
  const checks = check({ after: ['user_0'] })
  assert.equal(failed(checks), ['not_undersold', 'no_false_sold_out', 'every_win_stored'])
  assert.is(
    detailOf(checks, 'every_win_stored'),
    '1 user has been told "claimed" without a stored claim (first user_1).',
  )
})

test('every_win_stored: a release without an answer leaves it open whether the claim is there', () => {
  const requests = [
    claimed(0),
    claimed(1),
    { user: 1, kind: 'release', outcome: 'error', isUncertain: true, givesBack: 1 },
  ] as const
  const there = check({ requests })
  assert.equal(failed(there), [])
  const gone = check({ after: ['user_0'], requests })
  assert.equal(failed(gone), [])
  assert.is(
    detailOf(gone, 'every_win_stored'),
    '2 answers "claimed": 1 has its stored claim and 1 may have been given back by a release without an answer.',
  )
})

test('every_claim_answered: a row whose user heard something else', () => {
  for (const outcome of ['sold_out', 'busy', 'error'] as const) {
    const checks = check({ requests: [claimed(0), { user: 1, outcome }, soldOut(2)] })
    assert.equal(failed(checks), ['every_claim_answered'], outcome)
  }
})

test('every_claim_answered: an error that left the outcome open covers the row', () => {
  const checks = check({ requests: [claimed(0), cut(1), soldOut(2)] })
  assert.equal(failed(checks), [])
  assert.is(
    detailOf(checks, 'every_claim_answered'),
    '2 new claims: 1 told to its user, 1 behind a request that left the outcome open.',
  )
})

test('every_claim_answered: a row that was told to be given back', () => {
  const checks = check({ requests: [claimed(0), claimed(1), released(1, 1), soldOut(2)] })
  assert.equal(failed(checks), ['every_claim_answered'])
  assert.match(
    detailOf(checks, 'every_claim_answered'),
    '1 user has a claim stored though each one told was told "released" (first user_1).',
  )
})

test('every_claim_answered: a row of somebody outside the run', () => {
  const checks = check({ after: ['user_0', 'user_3'], requests: [claimed(0)] })
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

test('several coupons: each is judged alone, and a fault says of which it is', () => {
  const requests = [claimed(0), claimed(1, { coupon: 1 }), claimed(0, { coupon: 1 }), soldOut(1)]
  const ledgers = (first: readonly string[], second: readonly string[]) => [
    ledgerOf('A', 1, first),
    ledgerOf('B', 3, second),
  ]
  const sale = {
    users: 2,
    records: recordsOf(requests),
    before: ledgers([], []),
    isInterrupted: false,
  }
  const right = proveSale({ ...sale, after: ledgers(['user_0'], ['user_1', 'user_0']) }).checks
  assert.equal(failed(right), [])
  assert.is(detailOf(right, 'not_oversold'), '3 claims are stored for an amount of 4 over 2 coupons.')
  assert.match(detailOf(right, 'one_claim_each'), 'two claims of one coupon')
  assert.is(
    detailOf(right, 'counter_matches'),
    'remaining_amount is 1 over 2 coupons: amount 4 minus 3 claims.',
  )
  const lost = proveSale({ ...sale, after: ledgers(['user_0'], ['user_1']) }).checks
  assert.equal(failed(lost), ['not_undersold', 'every_win_stored'])
  assert.match(detailOf(lost, 'every_win_stored'), '(first user_0 of B)')
  const [first, second] = ledgers(['user_0', 'user_1'], ['user_1', 'user_0'])
  const wrong = proveSale({ ...sale, after: [first!, { ...second!, remaining_amount: 3 }] }).checks
  assert.equal(failed(wrong), ['not_oversold', 'every_claim_answered', 'counter_matches'])
  assert.match(detailOf(wrong, 'not_oversold'), '1 too many (A).')
  assert.match(
    detailOf(wrong, 'counter_matches'),
    'remaining_amount of B is 3, but amount 3 minus 2 claims makes 1.',
  )
})

test.run()
