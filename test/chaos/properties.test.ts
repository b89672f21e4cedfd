/** Right histories of a small model pass all checks; one wrong thing in them does not. */

import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { checkHistory, violationsOf } from '../../cli/chaos/checks/checks.ts'
import { type Evidence, isLive } from '../../cli/chaos/checks/evidence.ts'
import type { Answer, Attempt, Operation } from '../../cli/chaos/history.ts'
import { answerOf } from '../support/chaos-evidence.ts'
import { couponAmounts, fates, runSale, scripts } from './small-sale.ts'

const test = suite('chaos: properties of the checks')

const ms = (max: number) => fc.integer({ min: 1, max })
const step = fc.record({
  fate: fc.oneof({ weight: 3, arbitrary: fc.constant('answered' as const) }, fc.constantFrom(...fates)),
  thereMs: ms(400),
  backMs: ms(400),
  pauseMs: ms(400),
})
const visit = fc.record({
  user: fc.integer({ min: 0, max: 5 }),
  coupon: fc.integer({ min: 0, max: couponAmounts.length - 1 }),
  script: fc.constantFrom(...scripts),
  startMs: ms(6000),
  steps: fc.array(step, { minLength: 1, maxLength: 6 }),
})
const visits = fc.array(visit, { minLength: 1, maxLength: 25 })

const found = (evidence: Evidence) =>
  violationsOf(checkHistory(evidence)).map(({ check, sentence }) => `${check}: ${sentence}`)

test('right histories pass', () => {
  fc.assert(
    fc.property(visits, (some) => {
      assert.equal(found(runSale(some)), [])
    }),
    { numRuns: 800 },
  )
})

/** Makes one thing wrong; null when there is nothing of that kind. `pick` chooses among several. */
type Corruption = (
  evidence: Evidence,
  pick: <Item>(items: readonly Item[]) => Item | undefined,
) => Evidence | null

const withClaims = (evidence: Evidence, claims: Evidence['facts']['claims']): Evidence => ({
  ...evidence,
  facts: { ...evidence.facts, claims },
})

/** The same with another attempt in the place of one. */
function withAttempt(evidence: Evidence, old: Attempt, changes: Partial<Attempt>): Evidence {
  const made = { ...old, ...changes }
  const operations = evidence.history.operations.map((operation): Operation => {
    if (!operation.attempts.includes(old)) return operation
    const attempts = operation.attempts.map((each) => (each === old ? made : each))
    return { ...operation, attempts, final: operation.final === old ? made : operation.final }
  })
  return { ...evidence, history: { ...evidence.history, operations } }
}

const attemptsOf = ({ history }: Evidence) => history.operations.flatMap(({ attempts }) => attempts)
const toldBy = (evidence: Evidence, ...words: readonly string[]) =>
  attemptsOf(evidence).filter(({ answer }) => answer !== null && words.includes(answer.told))

function retold(words: readonly string[], answerFor: (answer: Answer) => Answer): Corruption {
  return (evidence, pick) => {
    const old = pick(toldBy(evidence, ...words))
    if (old?.answer == null) return null
    return withAttempt(evidence, old, { answer: answerFor(old.answer) })
  }
}

const corruptions: Readonly<Record<string, Corruption>> = {
  'a claim that was told is gone': (evidence, pick) => {
    const told = new Set(toldBy(evidence, 'claimed').map(({ answer }) => answer?.claimId))
    const lost = pick(evidence.facts.claims.filter(({ id }) => told.has(id)))
    const { claims } = evidence.facts
    return lost === undefined
      ? null
      : withClaims(
          evidence,
          claims.filter((each) => each !== lost),
        )
  },
  'a claim has changed hands': (evidence, pick) => {
    const told = new Set(toldBy(evidence, 'claimed').map(({ answer }) => answer?.claimId))
    const old = pick(evidence.facts.claims.filter(({ id }) => told.has(id)))
    const { claims } = evidence.facts
    if (old === undefined) return null
    return withClaims(
      evidence,
      claims.map((each) => (each === old ? { ...each, user: 'user_9' } : each)),
    )
  },
  'a claim of somebody who never asked': (evidence) =>
    withClaims(evidence, [
      ...evidence.facts.claims,
      {
        id: '999',
        user: 'user_9',
        coupon: 'COUPON_1',
        state: 'released',
        isHold: false,
        events: ['released'],
      },
    ]),
  'the counter is one off': (evidence, pick) => {
    const { coupons } = evidence.facts
    const old = pick(coupons)
    const wrong = coupons.map((each) => (each === old ? { ...each, remaining: each.remaining - 1 } : each))
    return { ...evidence, facts: { ...evidence.facts, coupons: wrong } }
  },
  'a live claim is stored as given back': (evidence, pick) => {
    const asked = new Set(
      evidence.history.operations.filter(({ kind }) => kind === 'release').map((one) => one.claimId),
    )
    const old = pick(evidence.facts.claims.filter((each) => isLive(each) && !asked.has(each.id)))
    const { claims } = evidence.facts
    if (old === undefined) return null
    const wrong = { ...old, state: 'released' as const, events: [...old.events, 'released'] }
    return withClaims(
      evidence,
      claims.map((each) => (each === old ? wrong : each)),
    )
  },
  'a release that was told is not stored': (evidence, pick) => {
    const told = new Set(
      evidence.history.operations
        .filter(({ final }) => final?.answer?.told === 'released')
        .map(({ claimId }) => claimId),
    )
    const old = pick(evidence.facts.claims.filter(({ id }) => told.has(id)))
    const { claims } = evidence.facts
    if (old === undefined) return null
    return withClaims(
      evidence,
      claims.map((each) => (each === old ? { ...each, state: 'confirmed', events: [] } : each)),
    )
  },
  'the last unit twice': (evidence, pick) => {
    const full = pick(evidence.facts.coupons.filter(({ remaining }) => remaining === 0))
    if (full === undefined) return null
    const row = {
      id: '999',
      user: 'user_9',
      coupon: full.name,
      state: 'confirmed' as const,
      isHold: false,
      events: [],
    }
    return withClaims(evidence, [...evidence.facts.claims, row])
  },
  'sold out of what never ends': (evidence, pick) => {
    const deep = evidence.history.operations.filter(
      ({ coupon, kind }) => coupon === 'COUPON_1' && kind === 'claim',
    )
    const old = pick(deep.flatMap(({ final }) => (final === null ? [] : [final])))
    return old === undefined ? null : withAttempt(evidence, old, { answer: answerOf('sold_out') })
  },
  'a win that never was': retold(['sold_out'], () => answerOf('claimed', { claimId: '999' })),
  'a claim that nobody has': retold(['sold_out'], () => answerOf('already_claimed', { claimId: '999' })),
  'a key is refused that is new': (evidence, pick) => {
    const plain = evidence.history.operations.filter(({ key, kind }) => key === null && kind === 'claim')
    const old = pick(plain.flatMap(({ final }) => (final === null ? [] : [final])))
    return old === undefined ? null : withAttempt(evidence, old, { answer: answerOf('key_reused') })
  },
  'a second answer to one key': (evidence, pick) => {
    const old = pick(
      attemptsOf(evidence).filter(({ answer }) => answer?.isReplayed === true && answer.told === 'claimed'),
    )
    const first = evidence.history.operations.some(
      ({ final }) =>
        final !== old && final?.answer?.claimId === old?.answer?.claimId && final?.answer?.told === 'claimed',
    )
    if (old?.answer == null || !first) return null
    return withAttempt(evidence, old, { answer: { ...old.answer, heldUntil: 'another time' } })
  },
  'a hold confirmed after its end': retold(['claim_expired'], ({ claimId }) =>
    answerOf('confirmed', { claimId }),
  ),
  'a fault that nobody foresaw': retold(['unavailable', 'outcome_unknown'], () => answerOf('internal_error')),
  'no word of when to come again': retold(['unavailable', 'outcome_unknown'], (answer) => ({
    ...answer,
    retryAfterS: null,
  })),
  'an answer that is too late': (evidence, pick) => {
    const old = pick(attemptsOf(evidence))
    if (old === undefined) return null
    return withAttempt(evidence, old, { sentMs: (old.endedMs ?? 0) - 3001 })
  },
  'an answer that never came': (evidence, pick) => {
    const old = pick(evidence.history.operations)
    const operations = evidence.history.operations.map((each) =>
      each === old ? { ...each, final: null } : each,
    )
    return { ...evidence, history: { ...evidence.history, operations } }
  },
  'a request lost by a server that lives': (evidence, pick) => {
    const old = pick(attemptsOf(evidence).filter(({ server }) => server === 'server 2'))
    if (old === undefined) return null
    return withAttempt(evidence, old, { answer: null, failure: 'UND_ERR_SOCKET' })
  },
}

for (const [name, corrupt] of Object.entries(corruptions)) {
  test(`found: ${name}`, () => {
    let tried = 0
    fc.assert(
      fc.property(visits, fc.nat(), (some, number) => {
        const pick = <Item>(items: readonly Item[]) => items[number % Math.max(1, items.length)]
        const wrong = corrupt(runSale(some), pick)
        if (wrong === null) return
        tried += 1
        assert.ok(found(wrong).length > 0)
      }),
      { numRuns: 100 },
    )
    assert.ok(tried > 10, `${tried} histories in which it can be made wrong`)
  })
}

test.run()
