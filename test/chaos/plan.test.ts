import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type ChaosFlags, commandOfChaos, readChaosPlan } from '../../cli/chaos/plan.ts'

const chance = { seed: 77, strategies: ['batch', 'atomic', 'lock'] }

function planOf(flags: ChaosFlags) {
  const reading = readChaosPlan(flags, chance)
  if ('faults' in reading) throw new Error(JSON.stringify(reading.faults))
  return reading.plan
}

function faultsOf(flags: ChaosFlags): string[] {
  const reading = readChaosPlan(flags, chance)
  return 'faults' in reading ? reading.faults.map(({ key, value }) => `${key}: ${value}`) : []
}

test('without flags: five minutes of all faults at three servers, out of a seed by chance', () => {
  assert.equal(planOf({}), {
    minutes: 5,
    seed: 77,
    faults: null,
    servers: [
      { strategy: 'batch', workers: 1 },
      { strategy: 'batch', workers: 2 },
      { strategy: 'lock', workers: 1 },
    ],
    perS: 200,
  })
})

test('a plan is told as the command that makes it again', () => {
  const flags = {
    minutes: '0.5',
    seed: '1',
    faults: 'row_held, redis_kill',
    servers: 'atomic,lock:3',
    rate: '50',
  }
  const command = commandOfChaos(planOf(flags))
  assert.is(
    command,
    'coupon chaos --minutes 0.5 --seed 1 --servers atomic,lock:3 --faults row_held,redis_kill --rate 50',
  )
  assert.is(commandOfChaos(planOf({ seed: '1' })), 'coupon chaos --minutes 5 --seed 1')
})

test('each flag that does not fit is told, with what it wants', () => {
  const faults = faultsOf({
    minutes: '0',
    seed: '-1',
    faults: 'row_held,earthquake',
    servers: 'batch,bogus',
    rate: 'fast',
  })
  assert.equal(
    faults.map((fault) => fault.split(':', 1)[0]),
    ['--minutes', '--seed', '--faults', '--servers', '--rate'],
  )
  assert.match(faults[2] ?? '', /earthquake.*server_kill/)
  assert.match(
    faultsOf({ minutes: '60' })[0] ?? '',
    /--minutes, --rate: 720,000 operations are more than the 600,000/,
  )
  for (const minutes of ['', '-1', 'NaN', '1e3', '61', ' '])
    assert.is(faultsOf({ minutes }).length, 1, minutes)
  for (const servers of ['', 'batch:0', 'batch:9', 'batch,', Array(9).fill('batch').join(',')])
    assert.is(faultsOf({ servers }).length, 1, servers)
  for (const names of ['', ',', 'row_held,,redis_kill'])
    assert.is(faultsOf({ faults: names }).length, 1, names)
})

test.run()
