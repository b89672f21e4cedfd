/** The parts of the page that need no browser. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createAttempts } from '../../server/dashboard/page/api/attempt.ts'
import { type Answer, problemOf, unreachable } from '../../server/dashboard/page/api/problem.ts'
import type { Coupon } from '../../server/dashboard/page/api/types.ts'
import {
  countdown,
  instantOf,
  localInput,
  milliseconds,
  rate,
} from '../../server/dashboard/page/parts/format.ts'
import { changesOf, termsOf } from '../../server/dashboard/page/parts/terms.ts'
import { couponHref, parseRoute } from '../../server/dashboard/page/route.ts'
import { oncePerFrame } from '../../server/dashboard/page/store.ts'

const test = suite('dashboard/page-parts')

const good: Answer<string> = { isOk: true, data: 'claim 1', message: '' }
const refused = (name: string): Answer<string> => ({ isOk: false, problem: { ...unreachable, name } })

/** Attempts that are answered in turn, and the keys they were sent with. */
function attemptsOf(answers: readonly Answer<string>[]) {
  const left = [...answers]
  const keys: string[] = []
  let made = 0
  const attempts = createAttempts<string>({
    post: async (_wish, key) => {
      keys.push(key)
      return left.shift() ?? good
    },
    newKey: () => {
      made += 1
      return `key ${made}`
    },
    pause: async () => {},
  })
  return { attempts, keys }
}

test('a claim whose answer was lost is sent again with its key until it is decided', async () => {
  const { attempts, keys } = attemptsOf([refused('unreachable'), refused('outcome_unknown'), good])
  assert.equal(await attempts.send('wish'), good)
  assert.equal(keys, ['key 1', 'key 1', 'key 1'])
})

test('one that was not decided keeps its key for the next press of the button', async () => {
  const lost = refused('unavailable')
  const { attempts, keys } = attemptsOf([lost, lost, lost, good])
  assert.equal(await attempts.send('wish'), lost)
  assert.equal(await attempts.send('wish'), good)
  assert.equal(new Set(keys).size, 1)
})

test('what was decided, and another wish, get keys of their own', async () => {
  const { attempts, keys } = attemptsOf([
    refused('sold_out'),
    good,
    ...Array(3).fill(refused('unreachable')),
    good,
  ])
  for (const wish of ['one', 'one', 'two', 'three']) await attempts.send(wish)
  assert.equal(keys, ['key 1', 'key 2', 'key 3', 'key 3', 'key 3', 'key 4'])
})

test('a problem is read from problem details, and from whatever else a proxy may send', async () => {
  const details = {
    type: '/problems/invalid_request',
    detail: 'amount is required',
    errors: [{ key: 'amount', value: 'is required' }],
  }
  const read = await problemOf(Response.json(details, { status: 400, headers: { 'Retry-After': '2' } }))
  assert.equal(read, {
    name: 'invalid_request',
    status: 400,
    message: 'amount is required',
    faults: { amount: 'is required' },
    retryAfterMs: 2000,
  })
  assert.is(
    (await problemOf(new Response('<h1>Bad gateway</h1>', { status: 502 }))).message,
    'The server answered 502.',
  )
})

test('only what differs from the terms is sent, in the form of the API', () => {
  const coupon: Coupon = {
    name: 'A',
    amount: 10,
    remaining_amount: 10,
    claimed_count: 0,
    state: 'active',
    starts_at: null,
    ends_at: '2026-12-01T09:00:00.000Z',
    paused: false,
    reclaimable: true,
    audience: { kind: 'list', size: 2 },
  }
  const base = termsOf(coupon)
  assert.equal(changesOf(base, base), {})
  assert.equal(changesOf(base, { ...base, amount: '12', ends_at: '' }), { amount: 12, ends_at: null })
  assert.equal(changesOf(base, { ...base, amount: 'many' }), { amount: 'many' }, 'the API says what is wrong')
  assert.equal(changesOf(base, { ...base, usernames: 'alice\nbob, carol' }), {
    audience: { kind: 'list', usernames: ['alice', 'bob', 'carol'] },
  })
  assert.equal(changesOf(base, { ...base, audience: 'everyone' }), { audience: { kind: 'everyone' } })
})

test('an instant comes through a form as it was', () => {
  const iso = '2026-12-01T09:00:05.000Z'
  assert.is(instantOf(localInput(iso)), iso)
  assert.is(instantOf(localInput(null)), null)
  assert.is(instantOf('tomorrow'), 'tomorrow')
})

test('figures in words', () => {
  assert.equal([rate(0), rate(3.25), rate(12_345.6)], ['0', '3.3', '12,346'])
  assert.equal(
    [milliseconds(null), milliseconds(4.26), milliseconds(250.4), milliseconds(12_345)],
    ['–', '4.3 ms', '250 ms', '12.3 s'],
  )
  assert.equal([countdown(65_000, 0), countdown(1, 0), countdown(0, 5000)], ['1:05', '0:01', '0:00'])
})

test('routes', () => {
  assert.equal(parseRoute(''), { view: 'sale' })
  assert.equal(parseRoute('#/claims'), { view: 'my-claims' })
  assert.equal(parseRoute(couponHref('Ä/B %')), { view: 'coupon', name: 'Ä/B %' })
  for (const hash of ['#/coupons/%', '#/coupons/', '#/constructor', '#constructor']) {
    assert.equal(parseRoute(hash), { view: 'unknown' }, hash)
  }
})

test('however much comes, it is painted once a frame', () => {
  const frames: (() => void)[] = []
  let painted = 0
  const paint = oncePerFrame(
    () => {
      painted += 1
    },
    (callback) => frames.push(callback),
  )
  for (let n = 0; n < 100; n += 1) paint()
  assert.is(frames.length, 1)
  frames.shift()?.()
  paint()
  assert.equal([painted, frames.length], [1, 1])
})

test.run()
