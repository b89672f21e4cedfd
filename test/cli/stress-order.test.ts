import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { buildClaimBodies } from '../../cli/stress/bodies.ts'
import { requestOrder } from '../../cli/stress/order.ts'
import { userIndexOf } from '../../cli/stress/usernames.ts'

const test = suite('stress: order and bodies')

test('each user asks as often as there are attempts', () => {
  const order = requestOrder({ users: 100, attempts: 3, seed: 1 })
  const expected = Array.from({ length: 300 }, (_, turn) => Math.floor(turn / 3))
  assert.equal(
    [...order].sort((one, other) => one - other),
    expected,
  )
})

test('the same seed makes the same order, another seed another', () => {
  const shape = { users: 1000, attempts: 1 }
  assert.equal(requestOrder({ ...shape, seed: 7 }), requestOrder({ ...shape, seed: 7 }))
  assert.not.equal(requestOrder({ ...shape, seed: 7 }), requestOrder({ ...shape, seed: 8 }))
})

test('the order is shuffled evenly: every user is first about equally often', () => {
  const firsts = new Array<number>(5).fill(0)
  for (let seed = 0; seed < 5000; seed++) firsts[requestOrder({ users: 5, attempts: 1, seed })[0]!]!++
  for (const count of firsts) assert.ok(count > 850 && count < 1150, firsts.join())
})

test('a body is the claim of its user', () => {
  const bodyOf = buildClaimBodies(1001, 'SUMMER_SALE')
  for (const user of [0, 9, 10, 1000]) {
    assert.equal(JSON.parse(bodyOf(user).toString()), { user_id: `user_${user}`, coupon_name: 'SUMMER_SALE' })
  }
})

test('only user_N below the number of users takes part', () => {
  assert.is(userIndexOf('user_7', 8), 7)
  for (const other of ['user_8', 'user_07', 'User_7', 'user_', 'user_-1', 'alice']) {
    assert.is(userIndexOf(other, 8), -1, other)
  }
})

test.run()
