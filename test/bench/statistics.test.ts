import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Aim, isMet, median, ratios, spreadOf } from '../../bench/statistics.ts'

const test = suite('bench: statistics')

test('the median of an odd number, an even number, and nothing', () => {
  assert.is(median([30, 1, 2]), 2)
  assert.is(median([4, 1, 3, 2]), 2.5)
  assert.ok(Number.isNaN(median([])))
})

test('the values stay in their order', () => {
  const values = [3, 1, 2]
  median(values)
  assert.equal(values, [3, 1, 2])
})

test('the spread is from the least to the most', () => {
  assert.equal(spreadOf([3, 9, 1]), { median: 3, min: 1, max: 9 })
})

test('a ratio for each repeat of both', () => {
  assert.equal(ratios([10, 30, 50], [5, 10]), [2, 3])
})

test('an aim is met from one side, or from both', () => {
  const met = (is: Aim['is'], ratio: number) =>
    [0.9, 0.96, 1.04, 1.1].map((value) => isMet({ is, ratio }, value))
  assert.equal(met('at least', 1), [false, false, true, true])
  assert.equal(met('at most', 1), [true, true, false, false])
  assert.equal(met('within', 1.05), [false, true, true, false])
})

test.run()
