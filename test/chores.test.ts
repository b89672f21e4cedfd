import { once } from 'node:events'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { startChores } from '../server/chores.ts'
import { until } from './support/until.ts'

const test = suite('chores')

test('one that fails is told, and tried again after its pause', async () => {
  const told: string[] = []
  let runs = 0
  const chores = startChores(
    [
      {
        name: 'sweep',
        everyMs: 1,
        run: async () => {
          runs += 1
          if (runs === 1) throw new Error('no database')
        },
      },
    ],
    (name, error) => told.push(`${name}: ${String(error)}`),
  )
  await until('it is tried again', () => runs > 1)
  await chores.close()
  assert.equal(told, ['sweep: Error: no database'])
})

test('a close asks what is under way to stop, and waits for it', async () => {
  let isDone = false
  const run = async (signal: AbortSignal) => {
    await once(signal, 'abort')
    await new Promise((resolve) => setImmediate(resolve))
    isDone = true
  }
  const chores = startChores([{ name: 'sweep', everyMs: 1, run }], () => assert.unreachable())
  await chores.close()
  assert.ok(isDone)
})

test('a close waits no longer for work that hangs than a stop can afford', async () => {
  const beganMs = performance.now()
  const run = () => new Promise(() => {})
  await startChores([{ name: 'sweep', everyMs: 1, run }], () => assert.unreachable()).close()
  assert.ok(performance.now() - beganMs < 3_000)
})

test.run()
