import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { canonicalCouponName } from '../../cli/stress/coupon-name.ts'
import { isThisMachine, readPlan, type StressFlags, type StressPlan } from '../../cli/stress/plan.ts'

const test = suite('stress: plan')
const chance = { seed: 42, suffix: 'ab12' }

function planOf(flags: StressFlags): StressPlan {
  const reading = readPlan(flags, chance)
  if ('faults' in reading) throw new Error(JSON.stringify(reading.faults))
  return reading.plan
}

function faultsOf(flags: StressFlags): Record<string, string> {
  const reading = readPlan(flags, chance)
  return 'faults' in reading ? Object.fromEntries(reading.faults.map(({ key, value }) => [key, value])) : {}
}

test('no flags: a thousand users, a hundred units, a server of our own', () => {
  assert.equal(planOf({}), {
    users: 1000,
    attempts: 1,
    requests: 1000,
    quota: 100,
    isQuotaGiven: false,
    connections: 256,
    seed: 42,
    coupon: 'STRESS_AB12',
    url: null,
    login: null,
    strategy: null,
  })
})

test('every flag is taken over', () => {
  const plan = planOf({
    users: '500',
    quota: '20',
    attempts: '3',
    connections: '64',
    seed: '0',
    coupon: ' summer sale!! ',
  })
  assert.equal(plan.requests, 1500)
  assert.equal([plan.quota, plan.isQuotaGiven, plan.connections, plan.seed], [20, true, 64, 0])
  assert.is(plan.coupon, 'SUMMER_SALE')
  assert.is(planOf({ strategy: 'lock' }).strategy, 'lock')
})

test('there are never more connections than requests by default', () => {
  assert.is(planOf({ users: '7', attempts: '2' }).connections, 14)
  assert.is(planOf({ users: '7', connections: '20' }).connections, 20)
})

test('all faults are told at once, each with its flag, what it got and what it wants', () => {
  const faults = faultsOf({
    users: '0',
    quota: 'many',
    attempts: '101',
    connections: '-1',
    seed: '1.5',
    coupon: '!!!',
    url: 'localhost:9000',
    strategy: 'batch',
  })
  assert.equal(Object.keys(faults).sort(), [
    '--attempts',
    '--connections',
    '--coupon',
    '--quota',
    '--seed',
    '--strategy',
    '--url',
    '--users',
  ])
  assert.is(faults['--users'], 'got "0", wants a whole number from 1 to 1,000,000')
  assert.is(faults['--quota'], 'got "many", wants a whole number from 1 to 2,147,483,647')
  assert.match(faults['--url']!, 'wants an address such as http://127.0.0.1:9000')
})

test('the limits are inclusive', () => {
  assert.is(planOf({ users: '1000000' }).users, 1_000_000)
  assert.is(planOf({ quota: '2147483647' }).quota, 2_147_483_647)
  assert.ok(faultsOf({ users: '1000001' })['--users'])
  assert.ok(faultsOf({ quota: '2147483648' })['--quota'])
  assert.ok(faultsOf({ connections: '10001' })['--connections'])
  assert.ok(faultsOf({ users: '' })['--users'])
})

test('a quota of 0 is refused with the reason', () => {
  assert.match(faultsOf({ quota: '0' })['--quota']!, 'no coupon with an amount below 1')
})

test('more requests than memory is kept for are refused', () => {
  assert.match(faultsOf({ users: '1000000', attempts: '11' })['--attempts']!, '11,000,000 requests')
})

test('a URL: loopback as it is, any other machine with --yes only', () => {
  assert.is(planOf({ url: 'http://127.0.0.1:9000/' }).url, 'http://127.0.0.1:9000')
  assert.is(planOf({ url: 'http://localhost/shop/' }).url, 'http://localhost/shop')
  assert.match(faultsOf({ url: 'http://shop.example' })['--url']!, 'say --yes')
  assert.is(planOf({ url: 'http://shop.example', yes: true }).url, 'http://shop.example')
  assert.match(faultsOf({ url: 'ftp://127.0.0.1' })['--url']!, 'wants an address')
  const withPassword = faultsOf({ url: 'http://me:hunter2@127.0.0.1' })['--url']!
  assert.not.match(withPassword, 'hunter2')
})

test('--login goes with --url', () => {
  assert.is(planOf({ url: 'http://127.0.0.1:1', login: 'alice' }).login, 'alice')
  assert.match(faultsOf({ login: 'alice' })['--login']!, 'together with --url')
  assert.match(
    faultsOf({ url: 'http://127.0.0.1:1', login: '' })['--login']!,
    'wants the username of an admin',
  )
})

test('--strategy and --url exclude each other', () => {
  assert.match(faultsOf({ url: 'http://127.0.0.1:1', strategy: 'lock' })['--strategy']!, 'has its own')
})

test('loopback is 127/8, ::1 and localhost', () => {
  for (const host of ['localhost', 'api.localhost', '127.0.0.1', '127.9.9.9', '[::1]'])
    assert.ok(isThisMachine(host), host)
  for (const host of ['10.0.0.1', 'localhost.example', '0.0.0.0', '[::2]', '127.example']) {
    assert.not.ok(isThisMachine(host), host)
  }
})

test('a name is canonical as the API makes it', () => {
  assert.is(canonicalCouponName('  summer sale!! '), 'SUMMER_SALE')
  assert.is(canonicalCouponName('__a--b__'), 'A_B')
  assert.is(canonicalCouponName('é!'), '')
})

test.run()
