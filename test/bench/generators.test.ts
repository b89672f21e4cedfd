import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { sendByAutocannon } from '../../bench/generators/autocannon.ts'
import { sendByDriver, sendByPacer } from '../../bench/generators/driver.ts'
import { claimPath, type Load } from '../../bench/generators/load.ts'
import { sendByStorm } from '../../bench/generators/storm.ts'
import { claimAt, claimBody, lengthOf, type Stream } from '../../bench/generators/stream.ts'
import { percentileOf } from '../../bench/wrk.ts'

const test = suite('bench: generators')

const stream: Stream = { prefix: 'BENCH_1', coupons: 3, users: 50, order: 'one after another', from: 0 }

for (const order of ['one after another', 'in turns'] as const) {
  test(`no user asks for a coupon twice, ${order}`, () => {
    const length = lengthOf(stream)
    const seen = new Set(
      Array.from({ length }, (_, position) => JSON.stringify(claimAt({ ...stream, order }, position))),
    )
    assert.is(seen.size, length)
  })
}

test('coupons are sold one after another, or in turns', () => {
  const couponsOf = (order: Stream['order']) =>
    [0, 1, 2, 49, 50].map((position) => claimAt({ ...stream, order }, position).coupon)
  assert.equal(couponsOf('one after another'), [0, 0, 0, 0, 1])
  assert.equal(couponsOf('in turns'), [0, 1, 2, 1, 2])
})

test('a stream goes on where the one before ended', () => {
  assert.equal(claimAt({ ...stream, from: 40 }, 20), claimAt(stream, 60))
  assert.is(lengthOf({ ...stream, from: 40 }), 110)
})

for (const [name, send] of Object.entries({ sendByAutocannon, sendByDriver, sendByPacer })) {
  test(`${name} sends each claim once, and counts the answers by their kind`, async () => {
    const bodies: string[] = []
    const server = createServer((request, response) => {
      let body = ''
      request.on('data', (chunk) => {
        body += chunk
      })
      request.on('end', () => {
        if (request.url === claimPath) bodies.push(body)
        response.statusCode = body.includes('"user_7"') ? 409 : 200
        response.end(response.statusCode === 409 ? '{"kind":"conflict_error"}' : '{}')
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const load: Load = {
      tool: 'driver',
      url,
      stream,
      requests: 100,
      connections: 8,
      secret: null,
      ratePerS: 1000,
    }
    try {
      const { answered, durationMs } = await send(load)
      assert.equal(answered, { won: 98, refused: 2, failed: 0 })
      assert.ok(durationMs > 0)
      const expected = Array.from({ length: 100 }, (_, position) => claimBody(stream, position))
      assert.equal(bodies.sort(), expected.sort())
    } finally {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    }
  })
}

for (const ratePerS of [0, 1000]) {
  test(`a storm ${ratePerS === 0 ? 'at once' : 'at a rate'} is the engine’s own script, tokens included`, async () => {
    const bodies = new Set<string>()
    const tokens = new Set<string | undefined>()
    const server = createServer(async (request, response) => {
      let body = ''
      for await (const chunk of request) body += chunk
      if (request.url === claimPath) {
        bodies.add(body)
        tokens.add(request.headers.authorization)
      }
      response.end('{}')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    try {
      const load = {
        tool: 'storm',
        url,
        stream,
        requests: 100,
        connections: 8,
        secret: 's',
        ratePerS,
      } as const
      assert.equal((await sendByStorm(load)).answered, { won: 100, refused: 0, failed: 0 })
      assert.equal([bodies.size, tokens.size], [50, 50])
    } finally {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    }
  })
}

test('what wrk prints is read in milliseconds', () => {
  const output =
    '  Latency Distribution\n     50%  987.00us\n     99%   10.53ms\n  1 requests in 1.00s, 1MB read\n'
  assert.is(percentileOf(output, 50), 0.987)
  assert.is(percentileOf(output, 99), 10.53)
  assert.ok(Number.isNaN(percentileOf('nothing', 50)))
})

test.run()
