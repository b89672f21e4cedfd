import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { untilDecided } from '../../server/claims/retry.ts'

const test = suite('claims: retry')

const lost = () => Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })
const refused = () => Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })

/** Runs the attempts in turn: an Error is thrown, a text returned; the last one again and again. */
function attempts(...turns: readonly (string | (() => Error))[]) {
  let place = 0
  return async () => {
    const turn = turns[Math.min(place, turns.length - 1)]!
    place += 1
    if (typeof turn === 'string') return turn
    throw turn()
  }
}

const soon = () => performance.now() + 200

test('an answer that was lost is asked for again', async () => {
  assert.is(await untilDecided(soon(), attempts(lost, refused, 'claimed')), 'claimed')
})

test('at the deadline: unavailable when nothing was sent, unknown when something may be stored', async () => {
  assert.is(await untilDecided(soon(), attempts(refused)), 'unavailable')
  assert.is(await untilDecided(soon(), attempts(lost, refused)), 'unknown')
})

test('an attempt that comes too late does not make a lost answer a certain one', async () => {
  assert.is(await untilDecided(soon(), attempts(lost, 'unavailable')), 'unknown')
  assert.is(await untilDecided(soon(), attempts(refused, 'unavailable')), 'unavailable')
})

test('what a retry cannot mend is thrown at once', async () => {
  const rejected = () => Object.assign(new Error('value too long'), { code: '22001' })
  let error: unknown
  await untilDecided(soon(), attempts(rejected)).catch((caught: unknown) => {
    error = caught
  })
  assert.match((error as Error).message, 'value too long')
})

test.run()
