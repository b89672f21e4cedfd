import { execFileSync } from 'node:child_process'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { canonicalCouponName } from '../../cli/stress/coupon-name.ts'
import { commandOf } from '../../cli/stress/plan/command-line.ts'
import { parseSeconds, parseShare } from '../../cli/stress/plan/quantities.ts'
import { shapeOf, turnsOf, warmupNameOf, warmupShapeOf } from '../../cli/stress/plan/turns.ts'
import {
  couponNamesOf,
  isThisMachine,
  readPlan,
  type StressFlags,
  type StressPlan,
  stressDefaults,
} from '../../cli/stress/plan.ts'

const test = suite('stress: plan')
const chance = { seed: 42, suffix: 'ab12' }
const strategies = ['batch', 'atomic', 'lock']

function planOf(flags: StressFlags): StressPlan {
  const reading = readPlan(flags, chance, strategies)
  if ('faults' in reading) throw new Error(JSON.stringify(reading.faults))
  return reading.plan
}

function faultsOf(flags: StressFlags): Record<string, string> {
  const reading = readPlan(flags, chance, strategies)
  return 'faults' in reading ? Object.fromEntries(reading.faults.map(({ key, value }) => [key, value])) : {}
}

const here = 'http://127.0.0.1:9000'

test('no flags: a burst of a thousand users for a hundred units, on a server of our own', () => {
  assert.equal(planOf({}), {
    shape: {
      load: { kind: 'burst' },
      users: 1000,
      attempts: 1,
      coupons: 1,
      mix: { claim: 1, release: 0, eligibility: 0 },
      duplicates: 0,
      abandon: 0,
      seed: 42,
    },
    requests: 1000,
    quota: 100,
    isQuotaGiven: false,
    connections: 256,
    isCold: false,
    threads: 1,
    warmupS: 0,
    repeat: 1,
    coupon: 'STRESS_AB12',
    isCouponGiven: false,
    url: null,
    login: null,
    strategies: [null],
    expectations: [],
  })
})

test('every flag of a burst is taken over', () => {
  const plan = planOf({
    users: '500',
    quota: '20',
    attempts: '3',
    duplicates: '10%',
    abandon: '2.5',
    mix: 'claim=90,release=5,eligibility=5',
    coupons: '4',
    warmup: '500ms',
    repeat: '3',
    threads: '2',
    cold: true,
    connections: '64',
    seed: '0',
    coupon: ' summer sale!! ',
    expect: ['p99<50ms', 'errors<1%'],
  })
  const { shape } = plan
  assert.equal([shape.users, shape.attempts, shape.coupons, shape.seed], [500, 3, 4, 0])
  assert.equal([shape.duplicates, shape.abandon], [0.1, 0.025])
  assert.equal(shape.mix, { claim: 90, release: 5, eligibility: 5 })
  assert.equal([plan.quota, plan.isQuotaGiven, plan.connections, plan.threads], [20, true, 64, 2])
  assert.equal([plan.warmupS, plan.repeat, plan.isCold], [0.5, 3, true])
  assert.equal([plan.coupon, plan.isCouponGiven], ['SUMMER_SALE', true])
  assert.equal(
    plan.expectations.map(({ expression }) => expression),
    ['p99<50ms', 'errors<1%'],
  )
  assert.ok(plan.requests > 1500 && plan.requests < 1800, `${plan.requests}: with duplicates`)
  assert.equal(planOf({ strategy: 'lock' }).strategies, ['lock'])
})

test('a rate and a ramp: as many users as requests, each of whom comes once', () => {
  const rate = planOf({ rate: '500', duration: '30s' })
  assert.equal(rate.shape.load, { kind: 'rate', perS: 500, durationS: 30 })
  assert.equal([rate.shape.users, rate.shape.attempts, rate.requests], [15_000, 1, 15_000])
  const ramp = planOf({ ramp: '0:5000:1m' })
  assert.equal(ramp.shape.load, { kind: 'ramp', fromPerS: 0, toPerS: 5000, durationS: 60 })
  assert.equal([ramp.requests, ramp.shape.users], [150_000, stressDefaults.usersOfOpenModelMax])
  assert.is(planOf({ rate: '500', duration: '30s', users: '20' }).shape.users, 20)
  assert.is(planOf({ rate: '0.5', duration: '10s' }).requests, 5)
})

test('there are never more connections than requests by default, and two where there are duplicates', () => {
  assert.is(planOf({ users: '7', attempts: '2' }).connections, 14)
  assert.is(planOf({ users: '7', connections: '20' }).connections, 20)
  assert.is(planOf({ users: '1', duplicates: '1%' }).connections, 2)
})

test('quantities: times with a unit, shares with or without their sign', () => {
  const times = ['500ms', '30s', '1.5m', '0s'].map(parseSeconds)
  assert.equal(times, [0.5, 30, 90, 0])
  for (const text of ['30', 's', '1h', '-1s', '1e3s', '']) assert.is(parseSeconds(text), null, text)
  assert.equal(['0', '5%', '12.5 %', '100%'].map(parseShare), [0, 0.05, 0.125, 1])
  for (const text of ['101%', '-1', '5%%', '']) assert.is(parseShare(text), null, text)
})

test('all faults are told at once, each with its flag, what it got and what it wants', () => {
  const faults = faultsOf({
    users: '0',
    quota: 'many',
    attempts: '101',
    duplicates: '101%',
    abandon: 'some',
    mix: 'claim=1,refund=2',
    coupons: '0',
    warmup: '5',
    repeat: '0',
    threads: '99',
    connections: '-1',
    seed: '1.5',
    coupon: '!!!',
    url: 'localhost:9000',
    strategy: 'batch',
    expect: ['p98<5ms'],
    csv: '',
  })
  assert.equal(Object.keys(faults).sort(), [
    '--abandon',
    '--attempts',
    '--connections',
    '--coupon',
    '--coupons',
    '--csv',
    '--duplicates',
    '--expect',
    '--mix',
    '--quota',
    '--repeat',
    '--seed',
    '--strategy',
    '--threads',
    '--url',
    '--users',
    '--warmup',
  ])
  for (const [flag, value] of Object.entries(faults)) assert.match(value, /^got .+(wants|has its own)/, flag)
  assert.is(faults['--users'], 'got "0", wants a whole number from 1 to 1,000,000')
  assert.is(faults['--quota'], 'got "many", wants a whole number from 1 to 2,147,483,647')
  assert.is(faults['--warmup'], 'got "5", wants a time such as 30s, 500ms or 2m, at most 60m')
  assert.match(faults['--url']!, 'wants an address such as http://127.0.0.1:9000')
})

test('rate and duration need each other, a ramp has its own time, and none goes with attempts', () => {
  assert.match(faultsOf({ rate: '500' })['--rate']!, 'without --duration, wants both')
  assert.match(faultsOf({ duration: '5s' })['--duration']!, 'without --rate, wants both')
  assert.match(faultsOf({ rate: '5', duration: '5s', ramp: '0:5:5s' })['--ramp']!, 'together with --rate')
  assert.match(faultsOf({ ramp: '0:5:5s', duration: '5s' })['--duration']!, 'together with --ramp')
  assert.match(faultsOf({ rate: '5', duration: '5s', attempts: '2' })['--attempts']!, 'together with --rate')
  assert.match(faultsOf({ ramp: '0:5:5s', attempts: '1' })['--attempts']!, 'together with --ramp')
  // A fault in one of them is that one's alone.
  assert.equal(Object.keys(faultsOf({ rate: 'fast', duration: '5s' })), ['--rate'])
})

test('rates, times and ramps that do not fit', () => {
  for (const rate of ['0', '-5', '1e9', '2000000', 'x'])
    assert.ok(faultsOf({ rate, duration: '1s' })['--rate'], rate)
  for (const duration of ['0s', '61m', '30', 'x']) {
    assert.ok(faultsOf({ rate: '1', duration })['--duration'], duration)
  }
  for (const ramp of ['0:0:5s', '0:5', '5', '0:5:5s:6', '0:5:0s', 'a:b:c', '0:-5:5s']) {
    assert.match(faultsOf({ ramp })['--ramp']!, 'wants FROM:TO:TIME', ramp)
  }
  assert.is(planOf({ rate: '1', duration: '60m' }).requests, 3600)
})

test('a mix names kinds, each once, and releases need claims', () => {
  assert.equal(planOf({ mix: 'eligibility=1' }).shape.mix, { claim: 0, release: 0, eligibility: 1 })
  for (const mix of ['', 'claim', 'claim=x', 'claim=1,claim=2', 'claim=0', 'claim=1=2', 'claim=-1']) {
    assert.match(faultsOf({ mix })['--mix']!, 'wants weights of claim, release, eligibility', mix)
  }
  assert.match(faultsOf({ mix: 'release=5,eligibility=5' })['--mix']!, 'wants claims too')
})

test('the limits are inclusive', () => {
  assert.is(planOf({ users: '1000000' }).shape.users, 1_000_000)
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
  assert.match(
    faultsOf({ rate: '100000', duration: '2m' })['--rate']!,
    '12,000,000 requests (rate x duration',
  )
  assert.match(faultsOf({ ramp: '0:100000:5m' })['--ramp']!, '15,000,000 requests (mean rate x time')
})

test('threads and duplicates need connections', () => {
  assert.match(faultsOf({ threads: '4', connections: '3' })['--threads']!, 'wants at most 3')
  assert.match(faultsOf({ threads: '4', users: '2' })['--threads']!, 'wants at most 2')
  assert.match(faultsOf({ duplicates: '5%', connections: '1' })['--duplicates']!, 'wants 2 or more')
  const several = faultsOf({ duplicates: '5%', connections: '7', threads: '4' })
  assert.match(several['--duplicates']!, 'with 7 connections on 4 threads, wants 2 or more for each thread')
})

test('a URL: loopback as it is, any other machine with --yes only', () => {
  assert.is(planOf({ url: 'http://127.0.0.1:9000/' }).url, here)
  assert.is(planOf({ url: 'http://localhost/shop/' }).url, 'http://localhost/shop')
  assert.match(faultsOf({ url: 'http://shop.example' })['--url']!, 'say --yes')
  assert.is(planOf({ url: 'http://shop.example', yes: true }).url, 'http://shop.example')
  assert.match(faultsOf({ url: 'ftp://127.0.0.1' })['--url']!, 'wants an address')
  const withPassword = faultsOf({ url: 'http://me:hunter2@127.0.0.1' })['--url']!
  assert.not.match(withPassword, 'hunter2')
})

test('--login goes with --url', () => {
  assert.is(planOf({ url: here, login: 'alice' }).login, 'alice')
  assert.match(faultsOf({ login: 'alice' })['--login']!, 'together with --url')
  assert.match(faultsOf({ url: here, login: '' })['--login']!, 'wants the username of an admin')
})

test('strategies are of a server of our own: one, or several that are compared', () => {
  assert.equal(planOf({ compare: 'batch, lock' }).strategies, ['batch', 'lock'])
  assert.match(faultsOf({ url: here, strategy: 'lock' })['--strategy']!, 'has its own')
  assert.match(faultsOf({ url: here, compare: 'batch,lock' })['--compare']!, 'has its own')
  assert.match(
    faultsOf({ strategy: 'batch', compare: 'batch,lock' })['--strategy']!,
    'together with --compare',
  )
  assert.match(faultsOf({ strategy: 'hope' })['--strategy']!, 'wants one of batch, atomic, lock')
  for (const compare of ['batch', 'batch,hope', 'batch,batch', 'batch,,lock', '']) {
    assert.match(faultsOf({ compare })['--compare']!, 'wants two or more of batch, atomic and lock', compare)
  }
})

test('each form of the report has a file of its own', () => {
  assert.match(faultsOf({ csv: 'out', html: './out' })['--html']!, 'which --csv writes already')
  assert.equal(faultsOf({ json: true, csv: 'a', html: 'b' }), {})
})

test('coupons: one run and one coupon has the name itself, all others are told apart', () => {
  const namesOf = (flags: StressFlags, turn = { repeat: 0, strategy: null as string | null }) =>
    couponNamesOf(planOf({ coupon: 'sale', ...flags }), turn)
  assert.equal(namesOf({}), ['SALE'])
  assert.equal(namesOf({ coupons: '2' }), ['SALE_1', 'SALE_2'])
  assert.equal(namesOf({ repeat: '2' }, { repeat: 1, strategy: null }), ['SALE_R2'])
  const compared = namesOf(
    { compare: 'batch,lock', repeat: '2', coupons: '2' },
    { repeat: 1, strategy: 'lock' },
  )
  assert.equal(compared, ['SALE_LOCK_R2_1', 'SALE_LOCK_R2_2'])
  const turn = { repeat: 0, strategy: null }
  assert.is(warmupNameOf(planOf({ warmup: '1s' }), turn), 'STRESS_AB12_WARMUP')
  assert.is(warmupNameOf(planOf({ warmup: '1s', coupon: 'sale' }), turn), 'SALE_2A_WARMUP')
})

test('a coupon’s name leaves room for what is added to it', () => {
  const name = 'X'.repeat(255 - '_7_WARMUP'.length)
  assert.is(planOf({ coupon: name, seed: '7' }).coupon, name)
  assert.match(faultsOf({ coupon: `${name}X`, seed: '7' })['--coupon']!, 'at most 246 characters')
})

test('runs: each strategy once a repeat, in an order that the seed decides', () => {
  const flags = { compare: 'batch,atomic,lock', repeat: '6' }
  const turns = turnsOf(planOf({ ...flags, seed: '1' }))
  assert.is(turns.length, 18)
  const orders = Array.from({ length: 6 }, (_, repeat) =>
    turns.filter((turn) => turn.repeat === repeat).map(({ strategy }) => strategy),
  )
  for (const order of orders) assert.equal([...order].sort(), ['atomic', 'batch', 'lock'])
  assert.ok(new Set(orders.map(String)).size > 1, 'not always the same order')
  assert.equal(turnsOf(planOf({ ...flags, seed: '1' })), turns)
  assert.equal(turnsOf(planOf({})), [{ repeat: 0, strategy: null }])
})

test('each repeat has the next seed, the same for every strategy', () => {
  const plan = planOf({ compare: 'batch,lock', repeat: '2', seed: '4294967295' })
  const seeds = turnsOf(plan).map((turn) => shapeOf(plan, turn).seed)
  assert.equal(seeds, [4_294_967_295, 4_294_967_295, 0, 0])
})

test('a warm-up sends the same kind of load, for its time', () => {
  const burst = warmupShapeOf(planOf({ users: '100', warmup: '2s', coupons: '5', duplicates: '5%' }))
  assert.equal([burst.coupons, burst.attempts, burst.duplicates], [1, 1000, 0.05])
  assert.is(warmupShapeOf(planOf({ users: '1000000', warmup: '1s' })).attempts, 1)
  const ramp = warmupShapeOf(planOf({ ramp: '0:100:60s', warmup: '2s' }))
  assert.equal(ramp.load, { kind: 'rate', perS: 50, durationS: 2 })
})

/** The words as a shell has them. */
function wordsOf(command: string): string[] {
  return execFileSync('sh', ['-c', `printf '%s\\0' ${command}`], { encoding: 'utf8' })
    .split('\0')
    .slice(0, -1)
}

/** As commander would read them. */
function flagsOf(words: readonly string[]): StressFlags {
  const flags: Record<string, unknown> = {}
  for (let at = 0; at < words.length; at++) {
    const name = words[at]!.replace('--', '')
    if (name === 'cold' || name === 'yes') flags[name] = true
    else if (name === 'expect') flags[name] = [...((flags[name] as string[]) ?? []), words[++at]!]
    else flags[name] = words[++at]
  }
  return flags as StressFlags
}

const commands: readonly StressFlags[] = [
  {},
  {
    users: '7',
    quota: '2',
    attempts: '3',
    duplicates: '33.3%',
    abandon: '0.1%',
    connections: '5',
    cold: true,
  },
  { rate: '12.5', duration: '1500ms', users: '9', mix: 'claim=90,eligibility=10', warmup: '90s' },
  { ramp: '0:50:2m', coupons: '3', coupon: "winter's sale", repeat: '3', threads: '2', expect: ['p99<50ms'] },
  { compare: 'batch,lock', expect: ['claims_per_s > 2000', 'errors<1%'] },
  { url: 'https://shop.example/a', yes: true, login: 'alice & co', seed: '5' },
]

test('the command to repeat it makes the same plan, also through a shell', () => {
  for (const flags of commands) {
    const plan = planOf(flags)
    const words = wordsOf(commandOf(plan))
    assert.equal(words.slice(0, 2), ['coupon', 'stress'])
    const again = planOf(flagsOf(words.slice(2)))
    // What is said in full is given, which it was not before.
    assert.equal({ ...again, isQuotaGiven: plan.isQuotaGiven }, plan, words.join(' '))
  }
})

test('the command is short, and leaves an existing coupon its stock', () => {
  assert.is(commandOf(planOf({})), 'coupon stress --users 1000 --quota 100 --seed 42')
  assert.is(commandOf(planOf({ url: here })), `coupon stress --url ${here} --users 1000 --seed 42`)
  assert.match(commandOf(planOf({}), 'my env.json'), "--config 'my env.json'")
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
