import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { addressKey, createLimits, type Limits } from '../../server/auth/limits.ts'
import { rateOf } from '../../server/config/rate.ts'
import type { Config } from '../../server/config.ts'
import { connectRedis } from '../../server/redis/connect.ts'
import { type ProvidedRedis, provideRedis } from '../../server/redis/provide.ts'
import { until } from '../support/until.ts'

const test = suite('auth: limits')
let redis: ProvidedRedis

test.before(async () => {
  redis = await provideRedis()
})

test.after(() => redis.close())

const ratesOf = (byName: string, byAddress: string, byUser = 'off'): Config['rateLimit'] => {
  const both = { byName: rateOf(byName), byAddress: rateOf(byAddress) }
  return { login: both, register: both, claim: { byUser: rateOf(byUser) } }
}

async function openRedis(url = redis.url) {
  const client = connectRedis(url, 2_000)
  await until('the connection is ready', () => client.status === 'ready')
  await client.flushall()
  return client
}

/** The same for both stores: by name and by address, login and register apart. */
async function assertLimits(limits: Limits): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) assert.is(await limits.login(`10.0.0.${turn}`, 'alice'), null)
  const wait = await limits.login('10.0.0.9', 'alice')
  assert.ok(wait !== null && wait >= 1 && wait <= 60, String(wait))
  assert.is(await limits.login('10.0.0.9', 'bob'), null, 'another name')
  assert.is(await limits.register('10.0.0.9', 'alice'), null, 'another action')
  for (let turn = 0; turn < 5; turn += 1) assert.is(await limits.login('10.9.9.9', `name_${turn}`), null)
  assert.type(await limits.login('10.9.9.9', 'name_9'), 'number')
  assert.is(
    await limits.login('10.9.9.8', 'name_9'),
    null,
    'the refused attempt did not count against the name',
  )
}

test('in memory', () => assertLimits(createLimits({ rates: ratesOf('3/1m', '5/1m'), redis: null })))

test('in Redis', async () => {
  const client = await openRedis()
  try {
    await assertLimits(createLimits({ rates: ratesOf('3/1m', '5/1m'), redis: client }))
    const keys = await client.keys('coupon:limit:*')
    assert.ok(keys.length > 3, keys.join())
    for (const key of keys) assert.ok((await client.pttl(key)) > 0, `${key} expires`)
  } finally {
    client.disconnect()
  }
})

test('two processes on one Redis count together, two in memory apart', async () => {
  const rates = ratesOf('1/1m', 'off')
  const clients = [await openRedis(), await openRedis()]
  const [one, two] = clients.map((client) => createLimits({ rates, redis: client }))
  assert.is(await one!.login('a', 'alice'), null)
  assert.type(await two!.login('a', 'alice'), 'number')
  for (const client of clients) client.disconnect()
  const [three, four] = [createLimits({ rates, redis: null }), createLimits({ rates, redis: null })]
  assert.is(await three.login('a', 'alice'), null)
  assert.is(await four.login('a', 'alice'), null)
})

test('a Redis that goes away is no outage: each process counts for itself', async () => {
  const client = await openRedis()
  const limits = createLimits({ rates: ratesOf('2/1m', 'off'), redis: client })
  assert.is(await limits.login('a', 'alice'), null)
  client.disconnect()
  assert.is(await limits.login('a', 'alice'), null)
  assert.is(await limits.login('a', 'alice'), null)
  assert.type(await limits.login('a', 'alice'), 'number')
})

test('logins that succeed do not use up the name', async () => {
  const limits = createLimits({ rates: ratesOf('2/1m', 'off'), redis: null })
  for (let turn = 0; turn < 5; turn += 1) {
    assert.is(await limits.login('a', 'alice'), null)
    await limits.loginSucceeded('alice')
  }
  assert.is(await limits.login('a', 'alice'), null)
  assert.is(await limits.login('a', 'alice'), null)
  assert.type(await limits.login('a', 'alice'), 'number')
})

test('claims: off by default, which is known without asking; by user when they are limited', async () => {
  assert.is(createLimits({ rates: ratesOf('1/1m', '1/1m'), redis: null }).claim, null)
  const { claim } = createLimits({ rates: ratesOf('1/1m', '1/1m', '2/1m'), redis: null })
  assert.equal([await claim!('alice'), await claim!('alice'), await claim!('bob')], [null, null, null])
  assert.type(await claim!('alice'), 'number')
})

test('addresses: IPv4 in IPv6 is IPv4, an IPv6 network of 64 bits is one', () => {
  assert.is(addressKey('10.1.2.3'), '10.1.2.3')
  assert.is(addressKey('::ffff:10.1.2.3'), '10.1.2.3')
  assert.is(addressKey('2001:db8:1:2:3:4:5:6'), '2001:db8:1:2')
  assert.is(addressKey('2001:0DB8:1:2::6'), '2001:db8:1:2')
  assert.is(addressKey('2001:db8::6'), '2001:db8:0:0')
  assert.is(addressKey('::1'), '0:0:0:0')
  assert.is(addressKey('fe80::1%eth0'), 'fe80:0:0:0')
  assert.ok(addressKey('x'.repeat(10_000)).length <= 64)
})

test.run()
