import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { packAuthorizations, readAuthorizations } from '../../cli/stress/engine/authorizations.ts'
import { openLoad } from '../../cli/stress/engine/engine.ts'
import { limitOf, watchThread } from '../../cli/stress/engine/generator.ts'
import { createLines } from '../../cli/stress/engine/lines.ts'
import { writeScript } from '../../cli/stress/engine/script.ts'
import type { Records } from '../../cli/stress/records.ts'
import type { ScriptShape } from '../../cli/stress/shape.ts'
import { usernameOf } from '../../cli/stress/usernames.ts'
import { stressShape } from '../support/stress-shape.ts'
import { reply, startClaimServer } from './claim-server.ts'
import { countsOf, sendLoad } from './load.ts'

const test = suite('stress: threads')

const plain = stressShape({ users: 100 })

function linesOf(records: Records, share: { thread: number; threads: number }): number[] {
  const lines = createLines(records, share)
  const found: number[] = []
  for (; lines.next < records.total; lines.advance()) found.push(lines.next)
  return found
}

test('each line belongs to one thread, a duplicate to that of its original', () => {
  const records = writeScript({ ...plain, duplicates: 0.5 })
  const shares = [0, 1, 2].map((thread) => linesOf(records, { thread, threads: 3 }))
  assert.equal(
    shares.flat().sort((one, other) => one - other),
    [...records.users.keys()],
  )
  for (const [line, flags] of records.flags.entries()) {
    const owner = shares.findIndex((share) => share.includes(line))
    if (flags === 0) assert.is(owner, line % 3)
    else assert.ok(shares[owner]!.includes(line - 1))
  }
})

test('several threads send everything once, start together, and merge what they saw', async () => {
  const authorizations = Array.from({ length: 300 }, (_, user) => `Bearer of ${usernameOf(user)}`)
  const seen = new Set<string>()
  const { ending, records, errors, generator, server } = await sendLoad({
    shape: { users: 300, duplicates: 0.1 },
    load: { threads: 3, connections: 8, authorizations },
    server: {
      stock: 1000,
      intercept: (turn, response, { headers }) => {
        seen.add(headers.authorization ?? '')
        if (turn % 50 !== 0) return false
        reply(response, 500, { kind: 'internal_error', message: 'm' })
        return true
      },
    },
  })
  assert.is(ending, 'finished')
  const { claimed, already_claimed = 0, error } = countsOf(records)
  assert.is(claimed! + already_claimed + error!, records.total)
  assert.is(server.arrivals.length, records.total)
  assert.is(server.connections(), 8)
  assert.equal(seen, new Set(authorizations))
  assert.equal(
    errors.map((one) => [one.error, one.count]),
    [['500 internal_error', error]],
  )
  assert.is(generator.threads, 3)
  assert.ok(generator.peak_memory_mb > 0 && generator.cpus_used > 0)
  // Every thread's first line is among the first that were sent.
  const begun = [0, 1, 2].map((line) => records.sentUs[line]!)
  assert.ok(Math.max(...begun) - Math.min(...begun) < 250_000, begun.join())
})

test('an interruption reaches every thread', async () => {
  const controller = new AbortController()
  const { ending, records, server } = await sendLoad({
    shape: { users: 5000 },
    load: { threads: 2, signal: controller.signal },
    server: {
      stock: 10_000,
      intercept: (turn) => {
        if (turn === 50) controller.abort()
        return false
      },
    },
  })
  assert.is(ending, 'interrupted')
  const { claimed, planned } = countsOf(records)
  assert.is(claimed, server.arrivals.length)
  assert.is(claimed! + planned!, 5000)
})

for (const threads of [1, 2]) {
  test(`a load that is closed in the middle ends at once, over ${threads} of them`, async () => {
    const server = await startClaimServer({ intercept: (turn) => turn > 3 })
    const shape: ScriptShape = { ...plain, users: 1000 }
    const records = writeScript(shape)
    const paths = { claim: '/api/coupons/claim', claims: '/api/claims', coupons: '/api/coupons' }
    const load = await openLoad({
      ...{ url: server.url, paths, couponNames: ['C'], authorizations: null, shape, records, threads },
      ...{ connections: 4, isCold: false, timeoutMs: 60_000, signal: new AbortController().signal },
    })
    const ending = load.run().then(
      () => 'finished',
      () => 'closed',
    )
    while (server.arrivals.length < 6) await new Promise((resolve) => setImmediate(resolve))
    await load.close()
    assert.is(await ending, 'closed')
    assert.ok(server.arrivals.length <= 8, `${server.arrivals.length} arrived`)
    await server.close()
  })
}

test('a thread that cannot connect is told, and no thread is left', async () => {
  const server = await startClaimServer()
  await server.close()
  const error = await sendLoad({ load: { threads: 2, url: server.url } }).then(
    () => null,
    (reason: Error) => reason,
  )
  assert.match(error?.message ?? '', 'ECONNREFUSED')
})

test('more threads than connections are refused, with the way out', async () => {
  const refusal = async (load: { threads: number; connections: number }, duplicates = 0) =>
    sendLoad({ load, shape: { duplicates } }).then(
      () => '',
      ({ message }: Error) => message,
    )
  assert.match(await refusal({ threads: 3, connections: 2 }), 'raise --connections or lower --threads')
  assert.match(await refusal({ threads: 3, connections: 5 }, 0.1), 'raise --connections to 6 or more')
})

test('headers are the same from shared memory', () => {
  const headers = ['Bearer a', '', 'Bearer ÿ.b', 'Bearer cde']
  const packed = readAuthorizations(packAuthorizations(headers))
  assert.equal(
    headers.map((_, user) => packed?.(user)),
    headers,
  )
  assert.is(readAuthorizations(null), null)
})

test('the generator is said to be the limit when a thread is full, or comes late with requests late', () => {
  const burst = { isOpen: false, late: 0 }
  assert.is(limitOf({ busiest: 0.9, lagP99Ms: 50 }, burst), null)
  assert.match(limitOf({ busiest: 0.95, lagP99Ms: 0 }, burst) ?? '', /95 % of the time.*--threads/)
  assert.is(limitOf({ busiest: 0.5, lagP99Ms: 50 }, { isOpen: true, late: 0 }), null)
  assert.is(limitOf({ busiest: 0.5, lagP99Ms: 5 }, { isOpen: true, late: 9 }), null)
  assert.match(
    limitOf({ busiest: 0.5, lagP99Ms: 50 }, { isOpen: true, late: 9 }) ?? '',
    '50 ms late (p99), and 9',
  )
})

test('a thread that blocks its event loop sees it as lag', async () => {
  const stop = watchThread()
  await new Promise((resolve) => setTimeout(resolve, 50))
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 150)
  await new Promise((resolve) => setTimeout(resolve, 50))
  const { lagMs, busy } = stop()
  assert.ok(lagMs.max > 100, `${lagMs.max}`)
  assert.ok(busy > 0.4, `${busy}`)
})

test.run()
