/** A small run of `npm run fuzz`, with another seed each time; a failure tells the seed that repeats it. */
import { randomInt } from 'node:crypto'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { fuzz } from './fuzz.ts'
import { openTarget, type Target } from './target.ts'

const test = suite('fuzz: every operation of the document')
const requests = 3_000
let target: Target

test.before(async () => {
  target = await openTarget()
})

test.after(() => target.close())

test('no 5xx, every answer as described, and the stock adds up', async () => {
  const seed = Number(process.env.TEST_SEED ?? randomInt(2 ** 31))
  const { failure, sent, answers } = await fuzz(target, { requests, seed })
  const again = `npm run fuzz -- --requests ${requests} --seed ${seed}`
  assert.is(failure, null, `${again}\n${failure?.report}`)
  assert.ok(sent > requests * 0.9, `only ${sent} could be sent: ${again}`)
  // Requests that are all refused at the door would prove nothing.
  const succeeded = [...answers].filter(([, counts]) => [200, 201].some((status) => counts.has(status)))
  assert.ok(
    succeeded.length >= 20,
    `only ${succeeded.map(([operation]) => operation).join()} succeeded: ${again}`,
  )
})

test.run()
