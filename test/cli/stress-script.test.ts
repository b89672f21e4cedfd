import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { claimBodies } from '../../cli/stress/engine/bodies.ts'
import { createRandom, shuffle } from '../../cli/stress/engine/order.ts'
import { plannedRequests, writeScript } from '../../cli/stress/engine/script.ts'
import { flag, kindOf, type Records } from '../../cli/stress/records.ts'
import type { ScriptShape } from '../../cli/stress/shape.ts'
import { userIndexOf } from '../../cli/stress/usernames.ts'
import { stressShape } from '../support/stress-shape.ts'

const test = suite('stress: script')

const plain = stressShape({ users: 100 })

const shapeOf = (change: Partial<ScriptShape>): ScriptShape => ({ ...plain, ...change })

/** The planned columns. */
function lines({ users, coupons, kinds, flags, intendedUs }: Records) {
  return [...users].map((user, line) => [user, coupons[line], kinds[line], flags[line], intendedUs[line]])
}

function share(records: Records, isOne: (line: number) => boolean): number {
  return lines(records).filter((_, line) => isOne(line)).length / records.total
}

const isDuplicate = (records: Records, line: number) => (records.flags[line]! & flag.isDuplicate) !== 0

test('in a burst each user asks as often as there are attempts, in no order', () => {
  const { users, intendedUs } = writeScript(shapeOf({ attempts: 3 }))
  const expected = Array.from({ length: 300 }, (_, turn) => Math.floor(turn / 3))
  assert.equal(
    [...users].sort((one, other) => one - other),
    expected,
  )
  assert.not.equal([...users], expected)
  assert.ok(intendedUs.every((moment) => moment === 0))
})

test('in an open model users come round in one shuffled order, each at its moment', () => {
  const { total, users, intendedUs } = writeScript(
    shapeOf({ users: 40, load: { kind: 'rate', perS: 100, durationS: 1 } }),
  )
  assert.is(total, 100)
  assert.is(new Set(users.slice(0, 40)).size, 40)
  assert.equal(users.slice(40, 80), users.slice(0, 40))
  assert.not.equal(
    [...users.slice(0, 40)],
    Array.from({ length: 40 }, (_, user) => user),
  )
  assert.equal([...intendedUs.slice(0, 3)], [0, 10_000, 20_000])
})

test('the same shape makes the same script, another seed another', () => {
  const shape = shapeOf({
    attempts: 5,
    coupons: 3,
    mix: { claim: 8, release: 1, eligibility: 1 },
    duplicates: 0.2,
    abandon: 0.1,
  })
  assert.equal(lines(writeScript(shape)), lines(writeScript(shape)))
  assert.not.equal(lines(writeScript(shape)), lines(writeScript({ ...shape, seed: 2 })))
})

test('an order by chance is even: every value is first about equally often', () => {
  const firsts = new Array<number>(5).fill(0)
  for (let seed = 0; seed < 5000; seed++) {
    firsts[shuffle(Uint32Array.of(0, 1, 2, 3, 4), createRandom(seed))[0]!]!++
  }
  for (const count of firsts) assert.ok(count > 850 && count < 1150, firsts.join())
})

test('coupons are spread evenly, and a user that comes again meets another', () => {
  const { users, coupons } = writeScript(
    shapeOf({ users: 30, coupons: 3, load: { kind: 'rate', perS: 90, durationS: 1 } }),
  )
  for (const coupon of [0, 1, 2]) assert.is(coupons.filter((one) => one === coupon).length, 30)
  assert.is(new Set([...users].map((user, line) => `${user} ${coupons[line]}`)).size, 90)
})

test('kinds come up by their weights', () => {
  const records = writeScript(shapeOf({ users: 20_000, mix: { claim: 60, release: 10, eligibility: 30 } }))
  const shareOf = (kind: string) => share(records, (line) => kindOf(records, line) === kind)
  for (const [kind, expected] of [
    ['claim', 0.6],
    ['release', 0.1],
    ['eligibility', 0.3],
  ] as const) {
    assert.ok(Math.abs(shareOf(kind) - expected) < 0.02, `${kind}: ${shareOf(kind)}`)
  }
})

test('a duplicate follows its claim at once and asks for the same', () => {
  const shape = shapeOf({
    users: 5000,
    coupons: 4,
    mix: { claim: 1, release: 0, eligibility: 1 },
    duplicates: 0.5,
    load: { kind: 'rate', perS: 5000, durationS: 1 },
  })
  const records = writeScript(shape)
  const doubled = lines(records).flatMap((_, line) => (isDuplicate(records, line) ? [line] : []))
  assert.ok(doubled.length > 1150 && doubled.length < 1350, `${doubled.length}`)
  for (const line of doubled) {
    assert.is(kindOf(records, line), 'claim')
    assert.not.ok(isDuplicate(records, line - 1))
    for (const column of [records.users, records.coupons, records.kinds, records.intendedUs])
      assert.is(column[line], column[line - 1])
  }
  assert.is(records.total, 5000 + doubled.length)
})

test('the share that is abandoned is marked', () => {
  const records = writeScript(shapeOf({ users: 10_000, abandon: 0.25 }))
  const abandoned = share(records, (line) => (records.flags[line]! & flag.isAbandoned) !== 0)
  assert.ok(Math.abs(abandoned - 0.25) < 0.02, `${abandoned}`)
})

test('the number that is planned is the number that is written', () => {
  for (const change of [
    {},
    { attempts: 7, duplicates: 0.3 },
    { duplicates: 1 },
    { duplicates: 0.4, mix: { claim: 1, release: 1, eligibility: 1 } },
    { duplicates: 0.1, load: { kind: 'ramp', fromPerS: 0, toPerS: 333, durationS: 3 } },
  ] as const) {
    assert.is(plannedRequests(shapeOf(change)), writeScript(shapeOf(change)).total, JSON.stringify(change))
  }
})

test('more than ten million are refused, and counted without effort', () => {
  const shape = shapeOf({ users: 1_000_000, attempts: 100, duplicates: 0.5 })
  assert.ok(plannedRequests(shape) > 10_000_000)
  assert.throws(() => writeScript(shape), /fewer users or attempts/)
})

test('a million lines are written in well below a second', () => {
  const startMs = performance.now()
  writeScript(shapeOf({ users: 100_000, attempts: 10, duplicates: 0.1, abandon: 0.1, coupons: 10 }))
  const tookMs = performance.now() - startMs
  assert.ok(tookMs < 2000, `${tookMs} ms`)
})

test('a body is the claim of its user for its coupon', () => {
  const bodyOf = claimBodies(['SUMMER_SALE', 'WINTER_SALE'])
  assert.equal(JSON.parse(bodyOf(1000, 0)), { user_id: 'user_1000', coupon_name: 'SUMMER_SALE' })
  assert.equal(JSON.parse(bodyOf(0, 1)), { user_id: 'user_0', coupon_name: 'WINTER_SALE' })
})

test('only user_N below the number of users takes part', () => {
  assert.is(userIndexOf('user_7', 8), 7)
  for (const other of ['user_8', 'user_07', 'User_7', 'user_', 'user_-1', 'alice']) {
    assert.is(userIndexOf(other, 8), -1, other)
  }
})

test.run()
