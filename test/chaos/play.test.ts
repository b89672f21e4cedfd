import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { play } from '../../cli/commands/chaos/play.ts'
import { until } from '../support/until.ts'

const test = suite('chaos: play')

const timers = () => process.getActiveResourcesInfo().filter((what) => what === 'Timeout').length

test('a crowd that breaks off is told, and leaves nothing behind that keeps the process', async () => {
  const stage = {
    // There is nobody to ask, which no client outlives.
    world: { servers: [], postgres: null, redis: null, foreign: { terminateSessions: async () => 0 } },
    authorizations: ['Bearer 0', 'Bearer 1'],
    makeCoupon: async () => {},
    misdeeds: () => [],
  }
  const ui = { note: () => {}, progress: () => ({ update: () => {}, stop: () => {} }) }
  const options = { plan: { minutes: 0.001, seed: 1, faults: null, servers: [], perS: 1_000 }, command: '' }
  const parts = { options, files: { write: null }, ui, asked: new AbortController().signal }
  const playing = play(...([stage, parts] as unknown as Parameters<typeof play>))
  const error = await playing.catch((reason: unknown) => reason)
  assert.match(String(error), 'nothing to pick from')
  await until('no timer is left', () => timers() === 0, 2_000)
})

test.run()
