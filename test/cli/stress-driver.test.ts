import type { ServerResponse } from 'node:http'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { buildClaimBodies } from '../../cli/stress/bodies.ts'
import { openConnections } from '../../cli/stress/connections.ts'
import { runLoad } from '../../cli/stress/driver.ts'
import { createErrorSet } from '../../cli/stress/errors.ts'
import { requestOrder } from '../../cli/stress/order.ts'
import { createRecords, outcomeOf, type Records } from '../../cli/stress/records.ts'
import { countOutcomes, durationMsOf, summariseLatency } from '../../cli/stress/stats.ts'
import { usernameOf } from '../../cli/stress/usernames.ts'
import { type ClaimServer, type ClaimServerOptions, reply, startClaimServer } from './claim-server.ts'

const test = suite('stress: driver')

interface Storm {
  users?: number
  attempts?: number
  connections?: number
  signal?: AbortSignal
  timeoutMs?: number
  server?: ClaimServerOptions
  authorizationOf?: (user: number) => string
  atBarrier?: (server: ClaimServer, records: Records) => void
}

async function storm(options: Storm) {
  const { users = 50, attempts = 1, connections = 5, timeoutMs = 5000 } = options
  const { signal = new AbortController().signal } = options
  const server = await startClaimServer(options.server)
  const opened = await openConnections({
    url: server.url,
    count: connections,
    warmPath: '/healthcheck',
    timeoutMs,
    signal,
  })
  const records = createRecords(requestOrder({ users, attempts, seed: 3 }))
  const errors = createErrorSet()
  try {
    const load = { clients: opened.clients, path: '/api/coupons/claim', records, onError: errors.add, signal }
    const { authorizationOf = null } = options
    const running = runLoad({ ...load, authorizationOf, bodyOf: buildClaimBodies(users, 'C') })
    options.atBarrier?.(server, records)
    const end = await running
    return { end, records, errors: errors.list(), server }
  } finally {
    await opened.close()
    await server.close()
  }
}

test('every request is answered and counted, over exactly the connections asked for', async () => {
  const { end, records, errors, server } = await storm({ attempts: 2, server: { stock: 10 } })
  assert.is(end, 'finished')
  const counts = countOutcomes(records)
  assert.is(counts.claimed, 10)
  assert.is(counts.claimed + counts.sold_out + counts.already_claimed, 100)
  assert.equal([counts.busy, counts.error, errors], [0, 0, []])
  assert.equal([server.connections(), server.concurrencyMax(), server.arrivals.length], [5, 5, 100])
})

test('requests are sent in the planned order', async () => {
  const { records, server } = await storm({ connections: 1 })
  assert.equal(server.arrivals, [...records.users].map(usernameOf))
})

test('each request carries its own user’s token, and none where none is asked for', async () => {
  const seen: (string | undefined)[] = []
  const intercept: ClaimServerOptions['intercept'] = (_turn, _response, { headers }) => {
    seen.push(headers.authorization)
    return false
  }
  const authorizationOf = (user: number) => `Bearer of ${usernameOf(user)}`
  const { server } = await storm({ users: 20, connections: 1, authorizationOf, server: { intercept } })
  assert.equal(
    seen,
    server.arrivals.map((user) => `Bearer of ${user}`),
  )
  seen.length = 0
  await storm({ users: 5, server: { intercept } })
  assert.equal(seen, Array(5).fill(undefined))
})

test('all lanes are released at once: no answer is needed before every one of them has sent', async () => {
  const held: ServerResponse[] = []
  let sentBeforeAnswers = 0
  let books: Records | undefined
  const { records } = await storm({
    connections: 20,
    atBarrier: (_server, running) => {
      books = running
    },
    server: {
      intercept: (_turn, response) => {
        if (held.push(response) < 20) return true
        sentBeforeAnswers ||= books?.states.filter((state) => state !== 0).length ?? 0
        for (const one of held.slice(held.length === 20 ? 0 : -1)) reply(one, 200, {})
        return true
      },
    },
  })
  assert.is(sentBeforeAnswers, 20)
  assert.is(countOutcomes(records).claimed, 50)
})

test('latency is the server’s delay and the duration the whole of it', async () => {
  const delayMs = 30
  const intercept: ClaimServerOptions['intercept'] = (_turn, response) => {
    setTimeout(() => reply(response, 200, {}), delayMs)
    return true
  }
  const { records } = await storm({ users: 20, connections: 5, server: { intercept } })
  const { all } = summariseLatency(records)
  assert.ok(all!.min >= delayMs - 1, `min ${all!.min}`)
  assert.ok(all!.p50 < delayMs * 3, `p50 ${all!.p50}`)
  assert.ok(durationMsOf(records) >= 4 * (delayMs - 1), `${durationMsOf(records)}`)
})

test('a connection that is cut is an error with the outcome open, and the lane goes on', async () => {
  const { end, records, errors } = await storm({
    server: {
      stock: 100,
      intercept: (turn, response) => {
        if (turn % 10 !== 4) return false
        response.socket?.destroy()
        return true
      },
    },
  })
  assert.is(end, 'finished')
  assert.equal(countOutcomes(records), { claimed: 45, sold_out: 0, already_claimed: 0, busy: 0, error: 5 })
  assert.is(
    errors.reduce((sum, { uncertain }) => sum + uncertain, 0),
    5,
  )
})

test('an answer cut in its middle is an error, whatever its status said', async () => {
  const { records, errors } = await storm({
    users: 1,
    connections: 1,
    server: {
      intercept: (_turn, response) => {
        response.writeHead(200, { 'content-length': 100 })
        response.write('{"status":200', () => response.socket?.destroy())
        return true
      },
    },
  })
  assert.is(outcomeOf(records, 0), 'error')
  assert.is(errors[0]!.uncertain, 1)
})

test('a server that is gone makes certain errors: nothing reached it', async () => {
  const { records, errors } = await storm({
    users: 10,
    connections: 2,
    server: { intercept: () => true },
    atBarrier: (server) => void server.close(),
  })
  assert.is(countOutcomes(records).error, 10)
  const refused = errors.find(({ error }) => error === 'ECONNREFUSED')
  assert.equal([refused?.count, refused?.uncertain], [8, 0])
})

test('an answer that does not come is an error after the time-out', async () => {
  const { errors } = await storm({
    users: 1,
    connections: 1,
    timeoutMs: 300,
    server: { intercept: () => true },
  })
  assert.equal([errors[0]!.error, errors[0]!.uncertain], ['UND_ERR_HEADERS_TIMEOUT', 1])
})

test('errors of the server are grouped by status and kind', async () => {
  const { errors } = await storm({
    users: 6,
    server: {
      intercept: (turn, response) => {
        reply(response, turn < 2 ? 404 : 500, {
          kind: turn < 2 ? 'data_not_found_error' : 'internal_error',
          message: 'm',
        })
        return true
      },
    },
  })
  assert.equal(
    errors.map(({ error, count, uncertain }) => [error, count, uncertain]),
    [
      ['500 internal_error', 4, 4],
      ['404 data_not_found_error', 2, 0],
    ],
  )
})

test('the signal stops the sending at once', async () => {
  const controller = new AbortController()
  const { end, records, server } = await storm({
    users: 1000,
    connections: 5,
    signal: controller.signal,
    server: {
      stock: 1000,
      intercept: (turn) => {
        if (turn === 100) controller.abort()
        return false
      },
    },
  })
  assert.is(end, 'interrupted')
  assert.ok(records.finished >= 90 && records.finished <= 105, `${records.finished} finished`)
  assert.ok(server.arrivals.length <= 106, `${server.arrivals.length} arrived`)
})

test('connections that cannot be had are told before anything is sent', async () => {
  const server = await startClaimServer()
  await server.close()
  const { signal } = new AbortController()
  const opening = openConnections({ url: server.url, count: 3, warmPath: '/', timeoutMs: 1000, signal })
  const error = await opening.then(
    () => null,
    (reason: Error) => reason,
  )
  assert.match(error?.message ?? '', 'ECONNREFUSED')
})

test.run()
