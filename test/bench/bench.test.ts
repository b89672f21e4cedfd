/** One measure, whole but short: processes, databases, loads and the proof of what was sold. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openStage } from '../../bench/bench.ts'
import { hot } from '../../bench/measures/hot-coupons.ts'
import { holdCluster } from '../support/database.ts'

const test = suite('bench')

test('a measure compares sales that were proved, and leaves nothing behind', async () => {
  const { url, release } = await holdCluster()
  const flags = {
    only: null,
    repeats: 1,
    seconds: 0.05,
    users: 500,
    connections: 8,
    isQuick: true,
    isWritten: false,
    databaseUrl: url,
    profileFolder: null,
  }
  try {
    const stage = await openStage(flags, () => {})
    try {
      const [finding] = await stage.run(hot)
      assert.is(finding!.figure.values.length, 1)
      assert.ok(finding!.figure.values[0]! > 0)
      assert.ok(finding!.base.values[0]! > 0)
      assert.is(finding!.aim?.ratio, 0.7)
    } finally {
      await stage.close()
    }
  } finally {
    await release()
  }
})

test.run()
