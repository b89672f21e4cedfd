/** How many answers go out in a turn of the event loop; the turns are ended by hand. */

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createSlices } from '../../server/http/slices.ts'

const test = suite('http: slices')

function bench(max: number) {
  const turns: (() => void)[] = []
  const slices = createSlices(max, (work) => turns.push(work))
  const out: number[] = []
  const answer = async (number: number) => {
    await slices.turn()
    out.push(number)
  }
  const answerAll = (from: number, count: number) => {
    for (let n = from; n < from + count; n += 1) void answer(n)
  }
  /** Ends this turn; false when nobody waits for the next. */
  const endTurn = async () => {
    const next = turns.shift()
    next?.()
    await new Promise(setImmediate)
    return next !== undefined
  }
  return { slices, out, answerAll, endTurn, turns }
}

const numbers = (count: number) => Array.from({ length: count }, (_, n) => n)

test('as many as fit in a turn wait for nothing', () => {
  const { slices } = bench(3)
  for (let n = 0; n < 3; n += 1) assert.is(slices.turn(), null)
  assert.is(slices.waiting(), 0)
  assert.not.equal(slices.turn(), null)
  assert.is(slices.waiting(), 1)
})

test('the others come in the turns after it, in their order, and no later one before them', async () => {
  const { out, answerAll, endTurn, slices } = bench(3)
  answerAll(0, 7)
  await new Promise(setImmediate)
  assert.equal(out, numbers(3))
  await endTurn()
  assert.equal(out, numbers(6))
  answerAll(7, 3)
  await new Promise(setImmediate)
  assert.equal(out, numbers(6), 'who comes now waits behind who waits')
  await endTurn()
  assert.equal(out, numbers(9))
  await endTurn()
  assert.equal(out, numbers(10))
  assert.is(slices.waiting(), 0)
})

test('a turn that was not full says nothing of the next, and an idle one asks for no more', async () => {
  const { out, answerAll, endTurn, turns } = bench(3)
  answerAll(0, 2)
  await endTurn()
  answerAll(2, 3)
  await new Promise(setImmediate)
  assert.equal(out, numbers(5))
  while (await endTurn());
  assert.is(turns.length, 0)
})

test.run()
