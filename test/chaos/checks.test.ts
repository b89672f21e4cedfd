/** Each check by itself: a history and a database made by hand, in which it must fail, and the right ones, which pass. */

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { answersByFault } from '../../cli/chaos/answers-by-fault.ts'
import { type CheckName, checkHistory, violationsOf } from '../../cli/chaos/checks/checks.ts'
import type { FaultWindow } from '../../cli/chaos/fault.ts'
import type { Stall } from '../../cli/chaos/history.ts'
import {
  answerOf,
  claimOf,
  type EvidenceParts,
  evidenceOf,
  lostAt,
  operationOf,
  told,
  windowOf,
} from '../support/chaos-evidence.ts'

const test = suite('chaos: checks')

const one = (taken: number, amount = 2) => ({ name: 'ONE', amount, remaining: amount - taken })

function failing(parts: EvidenceParts): CheckName[] {
  return checkHistory(evidenceOf(parts))
    .filter(({ count }) => count > 0)
    .map(({ name }) => name)
}

function sentences(parts: EvidenceParts): string[] {
  return violationsOf(checkHistory(evidenceOf(parts))).map(({ sentence }) => sentence)
}

const won = (sentMs: number, claimId: string, user = 'user_1') =>
  operationOf({ user }, told(sentMs, 'claimed', { claimId }))

/** Three users and two units: a win, a hold that runs out, a retry of a lost answer, a refusal, and a release. */
const right: EvidenceParts = {
  coupons: [one(1), { name: 'TWO', amount: 9, remaining: 7 }],
  claims: [
    claimOf('1', { state: 'released', events: ['released'] }),
    claimOf('2', { user: 'user_2', state: 'held', isHold: true }),
    claimOf('3', { user: 'user_3', coupon: 'TWO' }),
    claimOf('4', { user: 'user_4', coupon: 'TWO' }),
  ],
  operations: [
    won(0, '1'),
    operationOf(
      { user: 'user_2', holdSeconds: 1 },
      told(10, answerOf('claimed', { claimId: '2', state: 'held', heldUntil: '2026-01-01T00:00:01.015Z' })),
    ),
    operationOf({ user: 'user_3' }, told(40, 'sold_out')),
    operationOf({ kind: 'release', claimId: '1' }, told(60, 'released')),
    operationOf({ kind: 'confirm', claimId: '2', user: 'user_2' }, told(1200, 'claim_expired')),
    operationOf(
      { user: 'user_3', coupon: 'TWO', key: 'k' },
      lostAt(100, { endedMs: 150 }),
      told(200, 'outcome_unknown'),
      told(300, answerOf('claimed', { claimId: '3', isReplayed: true })),
    ),
    operationOf(
      { user: 'user_3', coupon: 'TWO', key: 'k' },
      told(400, answerOf('claimed', { claimId: '3', isReplayed: true })),
    ),
    operationOf({ user: 'user_3', coupon: 'TWO', key: 'k', holdSeconds: 5 }, told(500, 'key_reused')),
    operationOf(
      { user: 'user_4', coupon: 'TWO' },
      lostAt(110, { endedMs: 150 }),
      told(600, 'unavailable'),
      told(700, 'already_claimed', { claimId: '4' }),
    ),
  ],
  windows: [windowOf('server_kill', [120, 180])],
}

test('a right history passes all checks', () => {
  assert.equal(sentences(right), [])
})

test('more live claims than units', () => {
  const parts = {
    coupons: [one(2, 1)],
    claims: [claimOf('1'), claimOf('2', { user: 'user_2' })],
    operations: [won(0, '1'), won(5, '2', 'user_2')],
  }
  assert.equal(failing(parts), ['not_oversold'])
  assert.equal(sentences(parts), ['2 live claims of ONE are stored, and it has 1.'])
})

test('more units handed out at a moment, though some came back later', () => {
  const parts = {
    coupons: [one(1, 1)],
    claims: [claimOf('1', { state: 'released', events: ['released'] }), claimOf('2', { user: 'user_2' })],
    operations: [
      won(0, '1'),
      won(20, '2', 'user_2'),
      operationOf({ kind: 'release', claimId: '1' }, told(100, 'released')),
    ],
  }
  assert.equal(failing(parts), ['not_oversold'])
  assert.equal(sentences(parts), [
    'ONE has 1, but at 0.030 s 2 users had been told a claim and had not given it back.',
  ])
})

test('two live claims of one user, in the end or at a moment', () => {
  const operations = [won(0, '1'), won(20, '2')]
  const claims = [claimOf('1'), claimOf('2')]
  assert.equal(failing({ coupons: [one(2)], claims, operations }), ['one_claim_each'])
  const release = operationOf({ kind: 'release', claimId: '1' }, told(100, 'released'))
  const later = [claimOf('1', { state: 'released', events: ['released'] }), claimOf('2')]
  assert.equal(failing({ coupons: [one(1)], claims: later, operations: [...operations, release] }), [
    'one_claim_each',
  ])
})

test('a counter that is wrong', () => {
  const parts = { coupons: [one(0)], claims: [claimOf('1')], operations: [won(0, '1')] }
  assert.equal(failing(parts), ['counter_matches'])
  assert.equal(sentences(parts), ['remaining_amount of ONE is 2, but 2 less 1 live claims is 1.'])
})

test('a success without its row, or with somebody else’s', () => {
  const parts = { coupons: [one(0)], operations: [won(0, '1')] }
  assert.equal(failing(parts), ['every_success_stored'])
  assert.equal(sentences(parts), [
    'user_1 was told "claimed" (claim 1 of ONE) by server 1 at 0.010 s, but no such claim is stored.',
  ])
  const another = { ...parts, coupons: [one(1)], claims: [claimOf('1', { user: 'user_2' })] }
  assert.ok(failing(another).includes('every_success_stored'))
  assert.match(sentences(another)[0] ?? '', "claim 1 is user_2's for ONE")
})

test('a claim told as held that is none', () => {
  const operation = operationOf({ holdSeconds: 5 }, told(0, 'claimed', { claimId: '1', state: 'held' }))
  const parts = { coupons: [one(1)], claims: [claimOf('1')], operations: [operation] }
  assert.equal(failing(parts), ['every_success_stored'])
})

test('a state that is not the one that was told, or that nobody asked for', () => {
  const release = operationOf({ kind: 'release', claimId: '1' }, told(100, 'released'))
  const confirmed = { coupons: [one(1)], claims: [claimOf('1')], operations: [won(0, '1'), release] }
  assert.equal(failing(confirmed), ['state_as_told'])
  assert.equal(sentences(confirmed), [
    'user_1 was told "released" (claim 1 of ONE) by server 1 at 0.110 s, but it is stored as confirmed.',
  ])
  const released = { coupons: [one(0)], claims: [claimOf('1', { state: 'released' as const })] }
  assert.equal(failing({ ...released, operations: [won(0, '1')] }), ['state_as_told'])
  const expired = { coupons: [one(0)], claims: [claimOf('1', { state: 'expired' as const })] }
  assert.equal(failing({ ...expired, operations: [won(0, '1')] }), ['state_as_told'])
})

test('a look that shows another state than the one told before, or the one stored', () => {
  const seen = (sentMs: number, state: string) =>
    operationOf({ kind: 'look', claimId: '1' }, told(sentMs, answerOf('seen', { state })))
  const hold = operationOf({ holdSeconds: 9 }, told(0, answerOf('claimed', { claimId: '1', state: 'held' })))
  const confirm = operationOf({ kind: 'confirm', claimId: '1' }, told(100, 'confirmed'))
  const claims = [claimOf('1', { isHold: true, events: ['confirmed'] })]
  const after = (...looks: ReturnType<typeof seen>[]) =>
    failing({ coupons: [one(1)], claims, operations: [hold, confirm, ...looks] })
  assert.equal(after(seen(50, 'held'), seen(105, 'held'), seen(200, 'confirmed')), [])
  assert.equal(after(seen(200, 'held')), ['state_as_told'])
  assert.equal(after(seen(50, 'released')), ['state_as_told'])
  assert.equal(after(seen(50, 'nonsense')), ['state_as_told'])
})

test('a look at a claim that is gone, or of which the answer leaves it open', () => {
  const look = (answer: string) =>
    operationOf({ kind: 'look', claimId: '1' }, told(50, answer), told(90, 'seen', { state: 'confirmed' }))
  const parts = { coupons: [one(1)], claims: [claimOf('1')] }
  assert.equal(failing({ ...parts, operations: [won(0, '1'), look('unavailable')] }), [])
  assert.equal(failing({ ...parts, operations: [won(0, '1'), look('not_found')] }), ['answers_documented'])
  assert.equal(failing({ ...parts, operations: [won(0, '1'), look('outcome_unknown')] }), [
    'answers_documented',
  ])
  const ofCoupon = operationOf({ kind: 'look' }, told(50, 'seen'))
  assert.equal(failing({ coupons: [one(0)], operations: [ofCoupon] }), [])
})

test('a run in which nobody asked for anything has answered nobody', () => {
  assert.equal(sentences({ coupons: [one(0)], operations: [] }), ['Nobody asked for anything.'])
  assert.equal(failing({ coupons: [one(0)], operations: [] }), ['all_answered'])
})

test('a coupon that was asked for and is not stored has no counter that could match', () => {
  const operations = [won(0, '1'), operationOf({ coupon: 'GONE' }, told(0, 'sold_out'))]
  const parts = { coupons: [one(1)], claims: [claimOf('1')], operations }
  assert.equal(failing(parts), ['counter_matches'])
  assert.equal(sentences(parts), ['GONE was asked for, and is not stored.'])
})

test('a row that nobody asked for', () => {
  const operations = [operationOf({ kind: 'look' }, told(0, 'seen'))]
  assert.equal(failing({ coupons: [one(1)], claims: [claimOf('1')], operations }), ['nothing_unasked'])
})

test('a claim that was refused for good and is stored', () => {
  const parts = { coupons: [one(1, 1)], claims: [claimOf('1')] }
  const refused = operationOf({ key: 'k' }, lostAt(0, { endedMs: 5 }), told(20, 'sold_out'))
  const windows = [windowOf('server_kill', [0, 10])]
  const found = failing({ ...parts, operations: [refused], windows })
  assert.ok(found.includes('nothing_unasked'), String(found))
  // Without a key the lost attempt is a claim of its own: told as the next one's "already claimed".
  const own = operationOf({}, lostAt(0, { endedMs: 5 }), told(20, 'already_claimed', { claimId: '1' }))
  assert.equal(failing({ ...parts, operations: [own], windows }), [])
  const never = operationOf({}, told(20, 'already_claimed', { claimId: '1' }))
  assert.equal(failing({ ...parts, operations: [never] }), ['nothing_unasked'])
})

test('a hold that ends too early, or not at all', () => {
  const held = operationOf({ holdSeconds: 1 }, told(0, 'claimed', { claimId: '1', state: 'held' }))
  const early = operationOf({ kind: 'confirm', claimId: '1' }, told(300, 'claim_expired'))
  const expired = claimOf('1', { state: 'expired', isHold: true, events: ['expired'] })
  assert.equal(failing({ coupons: [one(0)], claims: [expired], operations: [held, early] }), ['holds_kept'])
  const late = operationOf({ kind: 'confirm', claimId: '1' }, told(1500, 'confirmed'))
  const confirmed = claimOf('1', { isHold: true, events: ['confirmed'] })
  assert.equal(failing({ coupons: [one(1)], claims: [confirmed], operations: [held, late] }), ['holds_kept'])
})

test('sold out while a unit was left', () => {
  const refusedAt = (sentMs: number, key: string | null = null) =>
    operationOf({ user: 'user_2', key }, told(sentMs, 'sold_out'))
  assert.equal(failing({ coupons: [one(0)], operations: [refusedAt(0)] }), ['no_false_sold_out'])
  const release = operationOf({ kind: 'release', claimId: '1' }, told(100, 'released'))
  const sold = {
    coupons: [one(0, 1)],
    claims: [claimOf('1', { state: 'released', events: ['released'] })],
  }
  const after = (...refusals: ReturnType<typeof refusedAt>[]) =>
    failing({ ...sold, operations: [won(0, '1'), release, ...refusals] })
  assert.equal(after(refusedAt(1000)), [], 'it is noticed a second later')
  assert.equal(after(refusedAt(1200)), ['no_false_sold_out'])
  const again = operationOf(
    { user: 'user_2', key: 'k' },
    told(1200, answerOf('sold_out', { isReplayed: true })),
  )
  assert.equal(after(refusedAt(50, 'k'), again), [], 'the first answer to a key is kept')
})

test('already claimed, and there is no such claim, or no longer', () => {
  const told409 = (sentMs: number, claimId: string | null) =>
    operationOf({}, told(sentMs, 'already_claimed', { claimId }))
  assert.equal(failing({ coupons: [one(0)], operations: [told409(0, '7')] }), ['no_false_already_claimed'])
  assert.equal(failing({ coupons: [one(0)], operations: [told409(0, null)] }), ['no_false_already_claimed'])
  const gone = {
    coupons: [one(0)],
    claims: [claimOf('1', { state: 'released', events: ['released'] })],
    operations: [
      won(0, '1'),
      operationOf({ kind: 'release', claimId: '1' }, told(50, 'released')),
      told409(500, '1'),
    ],
  }
  assert.equal(failing(gone), ['no_false_already_claimed'])
})

test('two answers to one key', () => {
  const asked = (sentMs: number, answer: Parameters<typeof told>[1], claimId: string) =>
    operationOf({ key: 'k' }, told(sentMs, answer, { claimId }))
  const claims = [claimOf('1')]
  const first = asked(0, 'claimed', '1')
  const again = (answer: ReturnType<typeof answerOf>) =>
    failing({ coupons: [one(1)], claims, operations: [first, asked(100, answer, '1')] })
  assert.equal(again(answerOf('claimed', { claimId: '1', isReplayed: true })), [])
  assert.equal(again(answerOf('claimed', { claimId: '1' })), ['one_answer_a_key'])
  assert.equal(again(answerOf('already_claimed', { claimId: '1', isReplayed: true })), ['one_answer_a_key'])
})

test('a key that is taken for another payload, or refused without one', () => {
  const claims = [claimOf('1')]
  const first = operationOf({ key: 'k' }, told(0, 'claimed', { claimId: '1' }))
  const other = (answer: string) =>
    operationOf({ key: 'k', holdSeconds: 5 }, told(100, answer, { claimId: '1' }))
  const parts = { coupons: [one(1)], claims }
  assert.equal(failing({ ...parts, operations: [first, other('key_reused')] }), [])
  assert.equal(failing({ ...parts, operations: [first, other('already_claimed')] }), ['one_answer_a_key'])
  const alone = operationOf({ key: 'k' }, told(0, 'key_reused'))
  assert.equal(failing({ coupons: [one(0)], operations: [alone] }), ['one_answer_a_key'])
})

test('an operation without an answer', () => {
  const parts = { coupons: [one(0)], operations: [operationOf({}, told(0, 'unavailable'))] }
  assert.equal(failing(parts), ['all_answered'])
})

test('a 500, a 503 without Retry-After, an answer nobody documents', () => {
  const then = told(50, 'claimed', { claimId: '1' })
  const after = (answer: Parameters<typeof told>[1]) =>
    failing({
      coupons: [one(1)],
      claims: [claimOf('1')],
      operations: [operationOf({}, told(0, answer), then)],
    })
  assert.equal(after('unavailable'), [])
  assert.equal(after('internal_error'), ['no_server_errors'])
  assert.equal(after(answerOf('unavailable', { retryAfterS: null })), ['retry_after'])
  assert.equal(after('in_progress'), ['answers_documented'], 'without a key')
  assert.equal(after(answerOf('unavailable', { status: 429 })), ['answers_documented'])
  const missing = operationOf({}, told(0, 'coupon_not_found'))
  assert.equal(failing({ coupons: [one(0)], operations: [missing] }), ['answers_documented'])
})

test('an answer that comes late, unless the client itself stood still', () => {
  const answeredAt = (endedMs: number) => [operationOf({}, told(0, 'claimed', { claimId: '1', endedMs }))]
  const operations = answeredAt(3300)
  const parts = { coupons: [one(1)], claims: [claimOf('1')], operations }
  assert.equal(failing(parts), ['answers_in_time'])
  assert.equal(failing({ ...parts, operations: answeredAt(2500) }), ['answers_in_time'])
  assert.equal(failing({ ...parts, operations: answeredAt(2350) }), [])
  const evidence = evidenceOf(parts)
  const stalls = [{ fromMs: 2000, untilMs: 3000 }]
  const results = checkHistory({ ...evidence, history: { operations, stalls } })
  assert.equal(violationsOf(results), [])
})

test('what may be lost, by which fault and on what connection', () => {
  const found = (rest: Parameters<typeof lostAt>[1], windows: readonly FaultWindow[]) =>
    failing({
      coupons: [one(1)],
      claims: [claimOf('1')],
      operations: [operationOf({}, lostAt(1000, rest), told(1900, 'claimed', { claimId: '1' }))],
      windows,
    })
  const [kill, stop, rolling, freeze] = (
    ['server_kill', 'server_stop', 'rolling_restart', 'postgres_freeze'] as const
  ).map((fault) => [windowOf(fault, [900, 1100])])
  const [warm, fresh, idle, refused] = [
    { sinceLastMs: 100 },
    { sinceLastMs: null },
    { sinceLastMs: 1500 },
    { sentMs: null, sinceLastMs: null },
  ]
  for (const rest of [warm, fresh, idle, refused]) {
    assert.equal(found(rest, kill ?? []), [])
    assert.equal(found(rest, freeze ?? []), ['none_lost'])
    assert.equal(found(rest, []), ['none_lost'])
    assert.equal(found(rest, [windowOf('server_kill', [900, 1100], ['server 2'])]), ['none_lost'])
  }
  assert.equal(found(warm, stop ?? []), ['none_lost'])
  for (const rest of [fresh, idle, refused]) assert.equal(found(rest, stop ?? []), [])
  assert.equal(found(idle, rolling ?? []), [])
  for (const rest of [warm, fresh, refused]) assert.equal(found(rest, rolling ?? []), ['none_lost'])
})

test('a killed worker loses what it had at that moment, and nothing that is asked later', () => {
  const killed = { ...windowOf('worker_kill', [900, 3000]), effectiveMs: 1000 }
  const found = (lost: ReturnType<typeof lostAt>, stalls: readonly Stall[] = []) => {
    const operation = operationOf({}, lost, told(4000, 'claimed', { claimId: '1' }))
    const evidence = evidenceOf({
      coupons: [one(1)],
      claims: [claimOf('1')],
      operations: [operation],
      windows: [killed],
    })
    const history = { ...evidence.history, stalls }
    return violationsOf(checkHistory({ ...evidence, history })).map(({ check }) => check)
  }
  for (const sinceLastMs of [100, null, 1500]) {
    assert.equal(found(lostAt(850, { sinceLastMs, endedMs: 950 })), [])
    assert.equal(found(lostAt(1050, { sinceLastMs, endedMs: 1450 })), [], 'noticed late')
    assert.equal(found(lostAt(850, { sinceLastMs, endedMs: 890 })), ['none_lost'], 'before it')
    assert.equal(found(lostAt(850, { sinceLastMs, endedMs: 1600 })), ['none_lost'], 'not by it')
    assert.equal(found(lostAt(1600, { sinceLastMs, endedMs: 1610 })), ['none_lost'], 'of another worker')
    assert.equal(found(lostAt(950, { server: 'server 2', sinceLastMs, endedMs: 960 })), ['none_lost'])
  }
  assert.equal(found(lostAt(950, { endedMs: 1900 }), [{ fromMs: 1100, untilMs: 1800 }]), [])
  assert.equal(found(lostAt(950, { sentMs: null, sinceLastMs: null, endedMs: 960 })), ['none_lost'])
})

test('of many violations the first are shown, and all counted', () => {
  const operations = Array.from({ length: 50 }, (_, n) => won(n, String(n), `user_${n}`))
  const result = checkHistory(evidenceOf({ operations })).find(({ name }) => name === 'every_success_stored')
  assert.is(result?.count, 50)
  assert.is(result?.violations.length, 20)
  assert.is(result?.violations[0]?.example, operations[0])
})

test('answers are counted for the faults they met, by server', () => {
  const operations = [
    operationOf(
      {},
      told(0, 'unavailable', { endedMs: 500 }),
      lostAt(600, { sentMs: null }),
      told(700, 'claimed'),
    ),
    operationOf({}, told(450, 'claimed', { server: 'server 2' }), lostAt(460), told(2000, 'claimed')),
    operationOf({}, lostAt(600, { failure: 'timeout', endedMs: 900 })),
  ]
  const windows = [
    windowOf('server_kill', [400, 650]),
    windowOf('postgres_crash', [0, 460], ['server 1', 'server 2']),
    windowOf('server_stop', [5000, 6000]),
  ]
  assert.equal(answersByFault({ operations, stalls: [] }, windows), [
    { unavailable: 1, connection_failed: 1, answer_lost: 1, timeout: 1 },
    { unavailable: 1, claimed: 1, answer_lost: 1 },
    {},
  ])
})

test.run()
