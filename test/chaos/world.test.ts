/** Every fault, done to a small real world whose servers all of this file share: its effect is seen, and its end. */
import { Client, request } from 'undici'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Draw, type FaultName, faultNames, type Injection } from '../../cli/chaos/fault.ts'
import { createFaults } from '../../cli/chaos/faults/index.ts'
import { readMetrics, sampleIn } from '../../cli/chaos/limits/page.ts'
import type { OpenWire } from '../../cli/chaos/wire/wire.ts'
import type { ChaosServer } from '../../cli/chaos/world.ts'
import { type OpenWorld, openWorld } from '../../cli/commands/chaos/world/open-world.ts'
import { chaosTimes } from '../../cli/commands/chaos/world/settings.ts'
import { createLifecycle } from '../../server/lifecycle.ts'
import { connectPool, type Pool, seedCoupon, seedUsers } from '../../server/public/database.ts'
import { createTokens } from '../../server/public/tokens.ts'
import { connectRedis } from '../../server/redis/connect.ts'
import { compiledBinary } from '../support/command.ts'
import { until } from '../support/until.ts'

const test = suite('chaos: world')
const users = 200
const lifecycle = createLifecycle()
/** What servers did by themselves. */
const faultsOfServers: string[] = []
const faults = createFaults({ couponNames: () => ['PROMO'] })
const { execArgv } = process
let world: OpenWorld
let pool: Pool
let next = 0

test.before(async () => {
  // The compiled program needs no tsx, which would be handed on to each of its processes.
  process.execArgv = []
  world = await openWorld({
    servers: [
      { strategy: 'lock', workers: 1 },
      { strategy: 'batch', workers: 2 },
    ],
    databaseUrl: null,
    announce: () => {},
    onFault: (sentence) => faultsOfServers.push(sentence),
    lifecycle,
    signal: new AbortController().signal,
    program: compiledBinary(),
  })
  pool = connectPool(world.databaseUrl, { max: 2, purpose: 'chaos' })
  lifecycle.push('the pool', () => pool.end())
  await seedUsers(pool, { count: users })
  await seedCoupon(pool, { name: 'PROMO', amount: users })
})

test.after(async () => {
  process.execArgv = execArgv
  await lifecycle.close()
})

/** The first of what can be picked, the least that can be drawn unless a share of the way is said, one server rather than all. */
function drawOf(share = 0, at = 0): Draw {
  return {
    next: () => 0.99,
    between: (min, max) => Math.round(min + share * (max - min)),
    pick: (items) => items[Math.min(at, items.length - 1)]!,
  }
}

const inject = (name: FaultName, draw = drawOf()): Promise<Injection> => faults.get(name)!.inject(world, draw)

interface Answer {
  readonly status: number
  readonly text: string
  readonly retryAfter: string | undefined
  readonly tookMs: number
  readonly user: string
}

/** A claim of a user who has none yet. */
async function claim({ url }: ChaosServer): Promise<Answer> {
  const user = `user_${next++}`
  const token = createTokens({ secret: world.secret }).sign({ username: user, role: 'user' }, 60_000)
  const startMs = performance.now()
  const response = await request(`${url}/api/coupons/claim`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    body: JSON.stringify({ coupon_name: 'PROMO' }),
    reset: true,
  })
  const text = await response.body.text()
  const retryAfter = response.headers['retry-after']?.toString()
  return { status: response.statusCode, text, retryAfter, tookMs: performance.now() - startMs, user }
}

async function claimants(): Promise<string[]> {
  const { rows } = await pool.query<{ username: string }>(
    'SELECT u.username FROM user_claims c JOIN users u ON u.id = c.user_id',
  )
  return rows.map(({ username }) => username)
}

async function assertClaims(server: ChaosServer): Promise<void> {
  const { status, text, user } = await claim(server)
  assert.is(status, 200, `${server.name}: ${text}`)
  assert.ok((await claimants()).includes(user))
}

/** A refusal in time that says when to come back. */
function assertRefused({ status, text, retryAfter, tookMs }: Answer): void {
  assert.is(status, 503, text)
  assert.match(retryAfter ?? '', /^\d+$/)
  assert.ok(tookMs < chaosTimes.contextTimeoutMs + 1_000, `${tookMs} ms`)
}

async function isGood(url: string): Promise<boolean> {
  const { statusCode, body } = await request(url, { reset: true })
  await body.dump()
  return statusCode === 200
}

const isReady = ({ url }: ChaosServer) => isGood(`${url}/readyz`)
const isAlive = ({ url }: ChaosServer) => isGood(`${url}/livez`)

/** Again what it was, as its clients see it. */
async function assertRecovered({ heal, servers }: Injection): Promise<void> {
  await heal()
  for (const server of world.servers) {
    if (!servers.includes(server.name)) continue
    await until(`${server.name} is ready`, () => isReady(server))
    await until(`${server.name} claims`, async () => (await claim(server)).status === 200)
  }
}

const serverAt = (at: number) => world.servers[at]!
const wireAt = (at: number) => serverAt(at).toPostgres as OpenWire

test('all faults are possible in it, and it sells', async () => {
  assert.equal([...faults.keys()], [...faultNames])
  for (const fault of faults.values()) assert.is(fault.impossible(world), null, fault.name)
  for (const server of world.servers) await assertClaims(server)
})

test('a world without Postgres, Redis and workers of its own says what it cannot do', () => {
  const servers = world.servers.map((server) => ({ ...server, workers: 1 }))
  const poor = { ...world, postgres: null, redis: null, servers }
  const why = [...faults.values()].map((fault) => [fault.name, fault.impossible(poor)])
  assert.equal(
    why.filter(([, reason]) => reason !== null),
    [
      ['worker_kill', 'no server has two workers or more'],
      ['rolling_restart', 'no server has two workers or more'],
      ['postgres_crash', 'the Postgres was given, and is not stopped'],
      ['postgres_freeze', 'the Postgres was given, and is not stopped'],
      ['redis_kill', 'no server uses a Redis'],
      ['redis_freeze', 'no server uses a Redis'],
      ['redis_flush', 'no server uses a Redis'],
    ],
  )
})

test('server_kill: with all of its workers, and it comes back at its address', async () => {
  const injection = await inject('server_kill', drawOf(0, 1))
  assert.equal(injection.servers, ['server 2'])
  const failure = await claim(serverAt(1)).catch((error: NodeJS.ErrnoException) => error.code)
  assert.is(failure, 'ECONNREFUSED')
  await assertRecovered(injection)
})

test('worker_kill: the other worker goes on with its connections, and another comes in its place', async () => {
  const server = serverAt(1)
  const clients = Array.from({ length: 8 }, () => new Client(server.url))
  const isAnswered = async (client: Client): Promise<boolean> => {
    try {
      const { body } = await client.request({ method: 'GET', path: '/livez' })
      await body.dump()
      return true
    } catch {
      return false
    }
  }
  try {
    // One after another, so that the workers take turns.
    for (const client of clients) assert.ok(await isAnswered(client))
    // A client of undici connects again by itself, so that a lost connection is seen once.
    const lost = new Set<Client>()
    for (const client of clients) client.once('disconnect', () => lost.add(client))
    const injection = await inject('worker_kill', drawOf(1))
    assert.equal(injection.servers, ['server 2'])
    assert.match(injection.target, /^server 2, worker \d+$/)
    for (let asked = 0; asked < 20; asked += 1) assert.ok(await isReady(server))
    await assertClaims(server)
    await until('its connections are lost', () => lost.size > 0)
    assert.equal(await Promise.all(clients.map(isAnswered)), Array(8).fill(true))
    await assertRecovered(injection)
    assert.ok(lost.size < 8, 'those of the other worker are not')
    const page = (await readMetrics(server.url)) ?? ''
    assert.is(sampleIn(page, 'coupon_metrics_processes{state="answered"}'), 2)
  } finally {
    await Promise.all(clients.map((client) => client.destroy()))
  }
})

test('rolling_restart: no request fails meanwhile', async () => {
  const injection = await inject('rolling_restart')
  assert.equal(injection.servers, ['server 2'])
  let isOver = false
  const healing = injection.heal().then(() => {
    isOver = true
  })
  let answered = 0
  for (; !isOver && next < users - 80; answered += 1) {
    // A worker that is being replaced may say that it is not ready any more, but it answers.
    assert.ok(await isAlive(serverAt(1)))
    if (answered % 10 === 0) await assertClaims(serverAt(1))
  }
  await healing
  assert.ok(answered > 0)
})

test('postgres_freeze: a refusal in time, not ready, and then it goes on', async () => {
  const injection = await inject('postgres_freeze')
  assert.equal(injection.withoutDatabase, ['server 1', 'server 2'])
  for (const answer of await Promise.all(world.servers.map(claim))) assertRefused(answer)
  for (const server of world.servers) assert.not(await isReady(server))
  await assertRecovered(injection)
})

test('postgres_crash: a refusal, not ready, and then it goes on with all that was stored', async () => {
  const before = await claimants()
  const injection = await inject('postgres_crash')
  for (const answer of await Promise.all(world.servers.map(claim))) assertRefused(answer)
  for (const server of world.servers) assert.not(await isReady(server))
  await assertRecovered(injection)
  const after = await claimants()
  assert.ok(before.every((user) => after.includes(user)))
})

test('sessions_terminated and connections_cut: the next claim is decided', async () => {
  for (const name of ['sessions_terminated', 'connections_cut'] as const) {
    const { target } = await inject(name, drawOf(1))
    assert.is(target, name === 'connections_cut' ? 'server 1' : '100 % of the sessions')
    for (const server of world.servers) await assertClaims(server)
  }
})

test('connections_delayed: the server it is aimed at answers later', async () => {
  const injection = await inject('connections_delayed', drawOf(0.2, 1))
  assert.is(injection.target, 'server 2, by 96 ms')
  const { status, tookMs } = await claim(serverAt(1))
  assert.is(status, 200)
  // There and back; a timer may fire a millisecond early.
  assert.ok(tookMs >= 190, `${tookMs} ms`)
  await assertRecovered(injection)
})

test('connections_half_open: the server it is aimed at refuses in time, and can be stopped; the other sells', async () => {
  const injection = await inject('connections_half_open')
  assert.equal(injection.withoutDatabase, ['server 1'])
  const refused = claim(serverAt(0))
  await assertClaims(serverAt(1))
  assertRefused(await refused)
  assert.not(await isReady(serverAt(0)))
  const stop = await inject('server_stop')
  await injection.heal()
  await assertRecovered(stop)
})

test('answers_lost: the client hears the truth all the same', async () => {
  for (const at of world.servers.keys()) {
    const injection = await inject('answers_lost', drawOf(0, at))
    const before = wireAt(at).lostAnswers()
    await assertClaims(serverAt(at))
    assert.ok(wireAt(at).lostAnswers() > before)
    await injection.heal()
  }
})

test('row_held: who claims waits, and is answered in time', async () => {
  const injection = await inject('row_held')
  const answers = await Promise.all(world.servers.map(claim))
  for (const answer of answers) assertRefused(answer)
  for (const server of world.servers) assert.ok(await isReady(server))
  await assertRecovered(injection)
  await injection.heal()
})

test('redis_kill and redis_freeze: the lock cannot be had, others sell; then it goes on', async () => {
  for (const name of ['redis_kill', 'redis_freeze'] as const) {
    const injection = await inject(name)
    assert.equal(injection.servers, ['server 1'])
    const refused = claim(serverAt(0))
    await assertClaims(serverAt(1))
    assertRefused(await refused)
    await assertRecovered(injection)
  }
})

test('redis_flush: every lock is gone', async () => {
  const redis = connectRedis(world.redisUrl ?? '', 2_000)
  await redis.set('claim:coupon:PROMO', 'somebody', 'PX', 60_000)
  await (await inject('redis_flush')).heal()
  assert.is(await redis.exists('claim:coupon:PROMO'), 0)
  redis.disconnect()
  await assertClaims(serverAt(0))
})

test('no server ended by itself, or wrote what it should not', () => {
  assert.equal([...faultsOfServers, ...world.faultsInOutput()], [])
})

test.run()
