/** What /metrics tells is what happened, and docs/metrics.md lists it. */
import { readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createMemoryLimiter } from '../../server/auth/memory-limiter.ts'
import { claimOutcomes } from '../../server/claims/claim.ts'
import { openApiDocument } from '../../server/http/openapi/document.ts'
import { boundedWords } from '../../server/metrics/bounded.ts'
import { createFamilies } from '../../server/metrics/families.ts'
import { createMeters } from '../../server/metrics/meters.ts'
import { createMetrics, type Gathered, processesName } from '../../server/metrics/metrics.ts'
import { createRequestTally } from '../../server/metrics/requests.ts'
import { createTally } from '../../server/metrics/tally.ts'
import { startTestServer, type TestServer, type TestServerOptions } from '../support/server.ts'

const test = suite('metrics')
const page = readFileSync(new URL('../../docs/metrics.md', import.meta.url), 'utf8')

/** The value of each series, by its name and labels as they are written. */
async function seriesOf(server: TestServer): Promise<Map<string, number>> {
  const { status, headers, text } = await server.get('/metrics')
  assert.is(status, 200)
  assert.is(headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8')
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  const series = lines.map((line) => {
    const [, name, value] = /^(\w+(?:\{.*\})?) (\S+)$/.exec(line) ?? []
    assert.type(value, 'string', line)
    return [name, Number(value)] as [string, number]
  })
  assert.is(new Set(series.map(([name]) => name)).size, series.length, 'each series once')
  return new Map(series)
}

async function withServer(options: TestServerOptions, work: (server: TestServer) => Promise<void>) {
  const server = await startTestServer(options)
  try {
    await work(server)
  } finally {
    await server.close()
  }
}

const namesIn = (text: string, pattern: RegExp) =>
  [...new Set([...text.matchAll(pattern)].map(([, name = '']) => name))].sort()

test('claims by outcome, their time, their batches; requests by route and status', () =>
  withServer({ users: 3, coupons: [{ name: 'PROMO', amount: 1 }] }, async (server) => {
    for (const user of ['user_0', 'user_0', 'user_1', 'nobody']) {
      await server.post('/api/coupons/claim', { user_id: user, coupon_name: 'PROMO' })
    }
    await server.post('/api/coupons/claim', {})
    await server.post('/api/coupons/claim?by=express', { user_id: 'user_0', coupon_name: 'NONE' })
    await server.get('/api/coupons/PROMO')
    await server.get('/api/coupons/NONE')
    await server.get('/no/such/path')
    const series = await seriesOf(server)
    const claims = (outcome: string) =>
      series.get(`coupon_claims_total{strategy="batch",outcome="${outcome}"}`)
    assert.equal(Object.fromEntries(claimOutcomes.map((each) => [each, claims(each)])), {
      ...Object.fromEntries(claimOutcomes.map((each) => [each, 0])),
      claimed: 1,
      already_claimed: 1,
      sold_out: 1,
      user_not_found: 1,
      coupon_not_found: 1,
    })
    const ofClaimed = 'strategy="batch",outcome="claimed"'
    assert.is(series.get(`coupon_claim_duration_seconds_bucket{le="+Inf",${ofClaimed}}`), 1)
    assert.is(series.get(`coupon_claim_duration_seconds_count{${ofClaimed}}`), 1)
    assert.ok(series.get(`coupon_claim_duration_seconds_sum{${ofClaimed}}`)! > 0)
    assert.is(series.get('coupon_batch_size_sum{queue="claims"}'), 5)
    assert.is(series.get('coupon_batch_wait_seconds_count{queue="claims"}'), 5)
    const requests = (labels: string) => series.get(`coupon_http_requests_total{${labels}}`)
    const claim = 'method="POST",route="/api/coupons/claim"'
    assert.is(requests(`${claim},status="200"`), 1)
    assert.is(requests('method="GET",route="/api/coupons/{coupon_name}",status="200"'), 1)
    assert.is(
      requests('method="GET",route="/api/coupons/{coupon_name}",status="404"'),
      1,
      'by way of an error',
    )
    assert.is(requests('method="GET",route="other",status="404"'), 1)
    const ofClaims = [...series].filter(([name]) => name.startsWith(`coupon_http_requests_total{${claim}`))
    assert.is(
      ofClaims.reduce((sum, [, value]) => sum + value, 0),
      6,
    )
    const routes = namesIn([...series.keys()].join('\n'), /http_requests_total\{.*route="(\/[^"]*)"/g)
    const described = Object.keys(openApiDocument('/api').paths)
    assert.equal(
      routes.filter((route) => !described.includes(route)),
      [],
    )
  }))

test('no label holds a name of a user, a coupon or an address', () =>
  withServer({ users: 2, coupons: [{ name: 'PROMO', amount: 1 }] }, async (server) => {
    for (const user of ['user_0', 'user_1']) {
      await server.post('/api/coupons/claim', { user_id: user, coupon_name: 'PROMO' })
    }
    const { text } = await server.get('/metrics')
    assert.not.match(text, /user_[01]|PROMO|127\.0\.0\.1/)
  }))

for (const strategy of ['batch', 'atomic'] as const) {
  test(`${strategy}: whatever has a limit tells it, and is within it`, () =>
    withServer(
      {
        users: 1,
        coupons: [{ name: 'PROMO', amount: 1 }],
        claim: { strategy },
        rateLimit: { claim: { byUser: { points: 5, durationMs: 60_000 } } },
      },
      async (server) => {
        await server.post('/api/coupons/claim', { user_id: 'user_0', coupon_name: 'PROMO' })
        const series = await seriesOf(server)
        const whats = namesIn([...series.keys()].join('\n'), /coupon_bounded_entries\{what="(\w+)"/g)
        for (const what of whats) {
          const [size, limit] = ['', '_max'].map((end) =>
            series.get(`coupon_bounded_entries${end}{what="${what}"}`),
          )
          assert.ok(limit! > 0 && size! >= 0 && size! <= limit!, `${what}: ${size} of ${limit}`)
        }
        const isElsewhere = (what: string) =>
          /^limit_(login|register)/.test(what) ||
          (strategy === 'batch' ? what === 'claims_open' : /^claim(s_waiting|_lanes|_batches)$/.test(what))
        assert.equal(
          whats,
          Object.keys(boundedWords)
            .filter((what) => !isElsewhere(what))
            .sort(),
        )
        assert.is(series.get('coupon_bounded_entries{what="limit_claim_user"}'), 1)
        assert.is(
          series.get('coupon_bounded_entries{what="pool_claims"}'),
          server.config.database.poolSizeMax,
        )
        for (const pool of ['claims', 'models', 'probe']) {
          assert.ok(series.get(`coupon_pool_waiting{pool="${pool}"}`)! >= 0)
          assert.ok(series.get(`coupon_pool_connections{pool="${pool}",state="idle"}`)! >= 0)
        }
        assert.ok(series.get('coupon_http_connections')! > 0)
      },
    ))
}

test('turned off, the path does not exist, and another method is refused where it does', async () => {
  await withServer({ hasMetrics: false }, async (server) => {
    assert.is((await server.get('/metrics')).status, 404)
  })
  await withServer({}, async (server) => {
    assert.is((await server.post('/metrics')).status, 405)
  })
})

test('docs/metrics.md lists every metric, and no other', () =>
  withServer({}, async (server) => {
    const { text } = await server.get('/metrics')
    const served = namesIn(text, /^# TYPE (\w+) /gm)
    const listed = namesIn(page, /`((?:coupon|process|nodejs)_\w+[a-z])(?:\{|`)/g)
    assert.equal(
      served.filter((name) => !listed.includes(name)),
      [],
    )
    const ours = served.filter((name) => name.startsWith('coupon_'))
    assert.equal(
      listed.filter((name) => name.startsWith('coupon_')),
      ours,
    )
  }))

test('docs/metrics.md has the type and the labels of each, and everything that has a limit', () => {
  const parts = { meters: createMeters(), strategy: 'batch', connections: () => 0 }
  for (const { name, type, labels } of createFamilies(parts)) {
    const row = `| \`${name}\` | ${type} | ${labels.map((label) => `\`${label}\``).join(', ')}`
    assert.ok(page.includes(`${row.trimEnd()} |`), row)
  }
  const [, table = ''] = page.split('## What has a limit')
  assert.equal(
    namesIn(table.split('## ')[0]!, /^\| `(\w+)` \|/gm).slice(0),
    Object.keys(boundedWords).sort().concat('what').sort(),
  )
})

test('a tally: counts up to each bound, sum and count; what is above the last bound is in these alone', () => {
  const tally = createTally(2, [1, 10])
  for (const value of [0, 1, 1.5, 10, 11, 1000]) tally.add(1, value)
  assert.equal(tally.read(1), { count: 6, sum: 1023.5, upTo: [2, 4] })
  assert.equal(tally.read(0), { count: 0, sum: 0, upTo: [0, 0] })
})

test('the counters of requests are bounded: what comes after the last place is counted as other', () => {
  const requests = createRequestTally()
  for (let n = 0; n < 2 * requests.pairsMax; n += 1) requests.of('GET', `/${n}`)(200)
  requests.of('BREW', '/0')(418)
  assert.is(requests.pairs(), requests.pairsMax)
  const counts = requests.read()
  assert.is(
    counts.reduce((sum, { count }) => sum + count, 0),
    2 * requests.pairsMax + 1,
  )
  assert.is(counts.filter(({ route }) => route === 'other').length, 2)
})

test('a limiter in memory counts as many keys as it may, and those of late for sure', async () => {
  const limiter = createMemoryLimiter({ points: 1, duration: 60, keysMax: 100 })
  const isLimited = async (key: string) => (await limiter.consume(key).catch(() => null)) === null
  assert.is(await isLimited('alice'), false)
  for (let n = 0; n < 49; n += 1) assert.is(await isLimited(`name_${n}`), false)
  assert.is(await isLimited('alice'), true, 'after half as many others')
  for (let n = 49; n < 1000; n += 1) await isLimited(`name_${n}`)
  assert.ok(limiter.size() <= 100)
  assert.is(await isLimited('alice'), false, 'forgotten')
  assert.is(await isLimited('alice'), true)
})

test('several processes: counters and gauges are summed, and it says how many have answered', async () => {
  const meters = createMeters()
  meters.claim('claimed', 3)
  meters.watch('claims_waiting', 10, () => 4)
  const parts = { meters, strategy: 'batch', connections: () => 2 }
  const { figures } = createMetrics(parts, null)
  // As they arrive from another process.
  const sent = JSON.parse(JSON.stringify(await figures()))
  let gathered: Gathered = { figures: [sent, sent, sent], asked: 4, answered: 3 }
  const metrics = createMetrics(parts, async () => gathered)
  const text = await metrics.text()
  for (const line of [
    'coupon_claims_total{strategy="batch",outcome="claimed"} 3',
    'coupon_claim_duration_seconds_bucket{le="0.005",strategy="batch",outcome="claimed"} 3',
    'coupon_claim_duration_seconds_count{strategy="batch",outcome="claimed"} 3',
    'coupon_bounded_entries{what="claims_waiting"} 12',
    'coupon_bounded_entries_max{what="claims_waiting"} 30',
    'coupon_http_connections 6',
    `${processesName}{state="asked"} 4`,
    `${processesName}{state="answered"} 3`,
  ]) {
    assert.ok(text.split('\n').includes(line), line)
  }
  gathered = { figures: [], asked: 0, answered: 0 }
  assert.match(await metrics.text(), 'coupon_claims_total{strategy="batch",outcome="claimed"} 1\n')
})

test('who asks while the figures are gathered gets the same answer', async () => {
  let rounds = 0
  const parts = { meters: createMeters(), strategy: 'batch', connections: () => 0 }
  const metrics = createMetrics(parts, async () => {
    rounds += 1
    return { figures: [], asked: 1, answered: 0 }
  })
  const [one, two] = await Promise.all([metrics.text(), metrics.text()])
  assert.is(one, two)
  assert.is(rounds, 1)
  await metrics.text()
  assert.is(rounds, 2)
})

test.run()
