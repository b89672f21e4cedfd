import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { claimantOf } from '../../server/http/claimant.ts'
import { HttpError } from '../../server/http/errors.ts'

const test = suite('http: whose claim it is')
const user = { username: 'alice', isAdmin: false }
const admin = { username: 'root', isAdmin: true }
const anybody = { username: null, isAdmin: true }

function problemOf(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    if (error instanceof HttpError) return error.fault.problem
    throw error
  }
  return assert.unreachable() as never
}

test('a user claims for itself, whether or not it says so', () => {
  assert.is(claimantOf(user, undefined), 'alice')
  assert.is(claimantOf(user, 'alice'), 'alice')
})

test('another name is forbidden, also one that differs in case', () => {
  for (const name of ['bob', 'Alice', 'alice ', 'root'])
    assert.is(
      problemOf(() => claimantOf(user, name)),
      'forbidden',
    )
})

test('an admin claims for anyone, or for itself', () => {
  assert.is(claimantOf(admin, 'bob'), 'bob')
  assert.is(claimantOf(admin, undefined), 'root')
})

test('in open mode the name must be said, unless a token says it', () => {
  assert.is(claimantOf(anybody, 'bob'), 'bob')
  assert.is(
    problemOf(() => claimantOf(anybody, undefined)),
    'invalid_request',
  )
})

test.run()
