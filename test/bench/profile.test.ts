import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { selfTimes } from '../../bench/profile.ts'

const test = suite('bench: profile')

test('shares of the busy time, the largest first, by function and file', () => {
  const frame = (functionName: string, url: string) => ({ functionName, url, lineNumber: 9 })
  const times = selfTimes({
    nodes: [
      { id: 1, callFrame: frame('(idle)', '') },
      {
        id: 2,
        callFrame: frame('claim', 'file:///x/node_modules/.cache/coupon-bench-7/server/claims/batch.js'),
      },
      { id: 3, callFrame: frame('', 'file:///x/node_modules/pg/lib/client.js') },
      {
        id: 4,
        callFrame: frame('claim', 'file:///x/node_modules/.cache/coupon-bench-7/server/claims/batch.js'),
      },
    ],
    samples: [1, 2, 3, 4],
    timeDeltas: [900, 50, 25, 25],
  })
  assert.equal(times, [
    { what: 'claim server/claims/batch.js:10', share: 0.75 },
    { what: '(anonymous) pg/lib/client.js:10', share: 0.25 },
  ])
})

test.run()
