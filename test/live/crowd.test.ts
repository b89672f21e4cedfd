/** A thousand who watch, nobody who watches, and a connection to the database that is cut. */
import pg from 'pg'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openEventStream, type StreamEvent } from '../support/event-stream.ts'
import { startTestServer, type TestServer, type TestServerOptions } from '../support/server.ts'
import { until } from '../support/until.ts'

const test = suite('live: a crowd')

async function withServer(options: TestServerOptions, work: (server: TestServer) => Promise<void>) {
  const coupons = [{ name: 'PROMO', amount: 1000 }]
  const server = await startTestServer({ users: 50, coupons, ...options })
  try {
    await work(server)
  } finally {
    await server.close()
  }
}

const watch = (server: TestServer) => openEventStream(`${server.url}/api/live`)
const isSnapshot = ({ event }: StreamEvent) => event === 'snapshot'
const tells = (remaining: number) => (event: StreamEvent) =>
  event.data.coupons.some((each: { remaining_amount?: number }) => each.remaining_amount === remaining)

let users = 0
async function claim(server: TestServer): Promise<void> {
  const answer = await server.post('/api/coupons/claim', { user_id: `user_${users++}`, coupon_name: 'PROMO' })
  assert.is(answer.status, 200)
}

test('a thousand are told the same, frame by frame', () =>
  withServer({ watchersMax: 1000 }, async (server) => {
    const streams = await Promise.all(Array.from({ length: 1000 }, () => watch(server)))
    await Promise.all(streams.map((stream) => stream.until('a snapshot', isSnapshot, { timeoutMs: 20_000 })))
    const full = await server.get('/api/live', { accept: 'application/problem+json' })
    assert.equal([full.status, full.body.type], [503, '/problems/too_many_watchers'])
    assert.is((await server.get('/api/live')).status, 503)
    const { text } = await server.get('/metrics')
    assert.match(text, 'coupon_bounded_entries{what="live_watchers"} 1000\n')

    await claim(server)
    await Promise.all(streams.map((stream) => stream.until('the claim', tells(999), { timeoutMs: 20_000 })))
    const from = streams.map(({ events }) => events.length)
    await claim(server)
    const seen = await Promise.all(
      streams.map((stream, n) =>
        stream.until('the claim', tells(998), { from: from[n]!, timeoutMs: 20_000 }),
      ),
    )
    assert.is(new Set(seen.map(({ id }) => id)).size, 1, 'one frame for all')
    assert.is(new Set(seen.map(({ data }) => JSON.stringify(data))).size, 1)

    for (const stream of streams.slice(1)) stream.close()
    await until('their places are free', async () => {
      const { text: now } = await server.get('/metrics')
      return now.includes('coupon_bounded_entries{what="live_watchers"} 1\n')
    })
    streams[0]!.close()
  }))

test('a connection that is cut, and is back: everybody is told everything anew', () =>
  withServer({ hasProxy: true }, async (server) => {
    const stream = await watch(server)
    await stream.until('a snapshot', isSnapshot)
    await claim(server)
    await stream.until('the claim', ({ event, data }) => event === 'tick' && data.claims.claimed === 1)
    const from = stream.events.length
    server.proxy!.cutAll()
    await stream.until('everything anew', isSnapshot, { from })
    const next = stream.events.length
    await until('a claim is answered again', async () => {
      const body = { user_id: 'user_49', coupon_name: 'PROMO' }
      return (await server.post('/api/coupons/claim', body)).status !== 503
    })
    await stream.until('the next claim', ({ event, data }) => event === 'tick' && data.claims.claimed === 1, {
      from: next,
    })
    stream.close()
  }))

test('a claim right after the first snapshot of a server that has just begun is told', () =>
  withServer({}, async (server) => {
    const stream = await watch(server)
    await stream.until('a snapshot', isSnapshot)
    await claim(server)
    await stream.until('the claim', tells(999))
    stream.close()
  }))

test('nothing is told over the channel while nobody watches', () =>
  withServer({}, async (server) => {
    const listener = new pg.Client({ connectionString: server.database.url })
    await listener.connect()
    const heard: string[] = []
    listener.on('notification', ({ payload = '' }) => heard.push(payload))
    await listener.query('LISTEN coupon_live')
    await claim(server)
    // Beats come every quarter of a second.
    await new Promise((resolve) => setTimeout(resolve, 600))
    assert.equal(heard, [])
    const stream = await watch(server)
    await until('it tells', () => heard.length > 0)
    stream.close()
    await listener.end()
  }))

test.run()
