import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { median, ratios, spreadOf } from '../../bench/statistics.ts'

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

test.run()
