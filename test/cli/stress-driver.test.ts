import type { ServerResponse } from 'node:http'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  flag,
  kindOf,
  latencyUsOf,
  lineState,
  type Records,
  serviceUsOf,
  wasLate,
} from '../../cli/stress/records.ts'
import { usernameOf } from '../../cli/stress/usernames.ts'
import { type ClaimServerOptions, reply, startClaimServer } from './claim-server.ts'
import { countsOf, sendLoad } from './load.ts'

const test = suite('stress: driver')

type Intercept = NonNullable<ClaimServerOptions['intercept']>

const rate = (perS: number, durationS: number) => ({ kind: 'rate', perS, durationS }) as const

/** Answers every claim with 200 that many milliseconds later. */
function after(delayMs: number): Intercept {
  return (_turn, response) => {
    setTimeout(reply, delayMs, response, 200, {})
    return true
  }
}

const isDuplicate = ({ flags }: Records, line: number) => (flags[line]! & flag.isDuplicate) !== 0

function linesWhere(records: Records, isOne: (line: number) => boolean): number[] {
  return Array.from(records.users.keys()).filter(isOne)
}

test('every request is answered and counted, over exactly the connections asked for', async () => {
  const { ending, records, errors, server } = await sendLoad({
    shape: { attempts: 2 },
    server: { stock: 10 },
  })
  assert.is(ending, 'finished')
  const { claimed, sold_out = 0, already_claimed = 0, ...rest } = countsOf(records)
  assert.is(claimed, 10)
  assert.is(10 + sold_out + already_claimed, 100)
  assert.equal([rest, errors], [{}, []])
  assert.equal([server.connections(), server.concurrencyMax(), server.arrivals.length], [5, 5, 100])
})

test('requests are sent in the planned order', async () => {
  const { records, server } = await sendLoad({ load: { connections: 1 } })
  assert.equal(server.arrivals, [...records.users].map(usernameOf))
})

test('each request carries its own user’s token, one for all, or none', async () => {
  const seen: (string | undefined)[] = []
  const intercept: Intercept = (_turn, _response, { headers }) => {
    seen.push(headers.authorization)
    return false
  }
  const authorizations = Array.from({ length: 20 }, (_, user) => `Bearer of ${usernameOf(user)}`)
  const { server } = await sendLoad({
    shape: { users: 20 },
    load: { connections: 1, authorizations },
    server: { intercept },
  })
  assert.equal(
    seen,
    server.arrivals.map((user) => `Bearer of ${user}`),
  )
  seen.length = 0
  await sendLoad({ shape: { users: 3 }, load: { authorizations: 'Bearer one' }, server: { intercept } })
  await sendLoad({ shape: { users: 2 }, server: { intercept } })
  assert.equal(seen, [...Array(3).fill('Bearer one'), undefined, undefined])
})

test('all lanes are released at once: no answer is needed before every one of them has sent', async () => {
  const held: ServerResponse[] = []
  let sentBeforeAnswers = 0
  let books: Records | undefined
  const { records } = await sendLoad({
    load: { connections: 20 },
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
  assert.equal(countsOf(records), { claimed: 50 })
})

test('closed model: latency is the server’s delay, from when a connection took the line', async () => {
  const { records } = await sendLoad({ shape: { users: 20 }, server: { intercept: after(30) } })
  for (let line = 0; line < records.total; line++) {
    assert.ok(latencyUsOf(records, line) >= 29_000, `${latencyUsOf(records, line)}`)
    assert.ok(latencyUsOf(records, line) >= serviceUsOf(records, line))
  }
  assert.ok(Math.max(...records.endedUs) >= 4 * 29_000)
})

test('open model: each request is sent at its moment, and none before it', async () => {
  const { records } = await sendLoad({ shape: { load: rate(200, 0.5) }, server: { stock: 1000 } })
  assert.is(records.total, 100)
  for (let line = 0; line < records.total; line++) {
    const plannedUs = line * 5000
    assert.ok(records.intendedUs[line]! > plannedUs - 501 && records.intendedUs[line]! <= plannedUs)
    assert.ok(records.sentUs[line]! >= records.intendedUs[line]!)
  }
})

test('open model: a server that stalls is asked no less, and its latencies contain the stall', async () => {
  const stallMs = 300
  const held: ServerResponse[] = []
  const answerAll = () => {
    for (const response of held) reply(response, 200, {})
  }
  const { records } = await sendLoad({
    shape: { load: rate(100, 0.6), users: 100 },
    load: { connections: 2 },
    server: {
      stock: 1000,
      // From the eleventh on nobody is answered for a while; two connections take two requests.
      intercept: (turn, response) => {
        if (turn < 10 || turn > 11) return false
        held.push(response)
        if (turn === 11) setTimeout(answerAll, stallMs)
        return true
      },
    },
  })
  assert.equal(countsOf(records), { claimed: 60 })
  const waited = linesWhere(records, (line) => latencyUsOf(records, line) > 100_000)
  // Of what was due in the stall, all that came in its first two thirds.
  assert.ok(waited.length >= 15, `${waited.length} waited`)
  const stalled = linesWhere(records, (line) => serviceUsOf(records, line) > 100_000)
  assert.is(stalled.length, 2, 'only two were on a connection meanwhile')
})

test('open model: what is due catches up at once when the event loop was busy', async () => {
  const { records } = await sendLoad({
    shape: { load: rate(200, 0.5), users: 100 },
    load: { connections: 50 },
    server: { stock: 1000 },
    atBarrier: () => {
      setTimeout(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200), 100)
    },
  })
  assert.equal(countsOf(records), { claimed: 100 })
  const sent = [...records.sentUs].sort((one, other) => one - other)
  // Some forty requests were due while nothing could be sent; they went out together, not one by one.
  const gap = sent.findIndex((us, index) => us - (sent[index - 1] ?? us) > 150_000)
  assert.ok(gap > 0, 'the event loop was blocked')
  assert.ok(sent[gap + 30]! - sent[gap]! < 100_000, `${sent[gap + 30]! - sent[gap]!} us`)
})

test('open model: a line that finds no connection for five seconds is dropped', async () => {
  const { ending, records } = await sendLoad({
    shape: { load: rate(2, 2) },
    load: { connections: 1, timeoutMs: 20_000 },
    server: {
      intercept: (turn, response) => {
        // The second line's patience ends at 5.5 s, the third's at 6 s.
        if (turn === 0) setTimeout(reply, 5750, response, 200, {})
        return turn === 0
      },
    },
  })
  assert.is(ending, 'finished')
  assert.equal(
    [...records.states].map((state) => state === lineState.dropped),
    [false, true, false, false],
  )
  assert.ok(latencyUsOf(records, 2) > 4_500_000, 'what waited is counted from its moment')
  assert.is(wasLate(records, 2), true)
})

test('a duplicate goes out at once, on another connection than its original', async () => {
  const { records, server } = await sendLoad({
    shape: { users: 100, duplicates: 0.5 },
    load: { connections: 2 },
    server: { stock: 1000 },
  })
  const { claimed, already_claimed = 0 } = countsOf(records)
  assert.is(claimed, 100)
  assert.is(100 + already_claimed, records.total)
  const doubled = linesWhere(records, (line) => isDuplicate(records, line))
  assert.ok(doubled.length > 30)
  for (const line of doubled) {
    const user = usernameOf(records.users[line]!)
    const turns = server.arrivals.flatMap((one, turn) => (one === user ? [turn] : []))
    assert.is(turns.length, 2)
    assert.not.equal(server.ways[turns[0]!], server.ways[turns[1]!], user)
    assert.is(records.intendedUs[line], records.intendedUs[line - 1])
  }
})

test('duplicates over one connection are refused, with the way out', async () => {
  const error = await sendLoad({ shape: { duplicates: 0.1 }, load: { connections: 1 } }).then(
    () => null,
    (reason: Error) => reason,
  )
  assert.match(error?.message ?? '', 'raise --connections to 2 or more')
})

test('an abandoned request reaches the server, its connection is cut and opened anew', async () => {
  const { records, errors, server } = await sendLoad({
    shape: { abandon: 0.4 },
    load: { connections: 2 },
    server: { stock: 1000 },
  })
  const { claimed, abandoned } = countsOf(records)
  assert.equal([errors, claimed! + abandoned!], [[], 50])
  const lines = linesWhere(records, (line) => (records.flags[line]! & flag.isAbandoned) !== 0)
  assert.is(abandoned, lines.length)
  for (const line of lines) assert.equal([records.uncertain[line], records.statuses[line]], [1, 0])
  assert.is(server.arrivals.length, 50, 'all of them arrived')
  // Each cut but the last of a connection is followed by a new one.
  assert.ok(server.connections() >= abandoned!, `${server.connections()} connections`)
})

test('an abandoned question leaves nothing open', async () => {
  const { records } = await sendLoad({
    shape: { abandon: 1, users: 10, mix: { claim: 0, release: 0, eligibility: 1 } },
  })
  assert.equal([countsOf(records), [...records.uncertain]], [{ abandoned: 10 }, Array(10).fill(0)])
})

test('a mix asks, claims and gives back the oldest claim that was told, with its owner’s token', async () => {
  const authorizations = Array.from({ length: 300 }, (_, user) => `Bearer ${usernameOf(user)}`)
  const { records, server } = await sendLoad({
    shape: { users: 300, mix: { claim: 6, release: 2, eligibility: 2 }, coupons: 2 },
    load: { connections: 1, authorizations },
    server: { stock: 1000 },
  })
  const { claimed, released, told, skipped = 0 } = countsOf(records)
  assert.is(claimed! + released! + told! + skipped, 300)
  const releases = linesWhere(records, (line) => records.claimLines[line] !== 0)
  assert.is(releases.length, released)
  const claims = linesWhere(records, (line) => kindOf(records, line) === 'claim')
  assert.equal(
    releases.map((line) => records.claimLines[line]! - 1),
    claims.slice(0, releases.length),
    'the oldest first',
  )
  for (const line of releases) {
    const claim = records.claimLines[line]! - 1
    assert.equal([records.users[line], records.coupons[line]], [records.users[claim], records.coupons[claim]])
  }
  const deleted = server.others.filter(({ what }) => what.startsWith('DELETE'))
  assert.equal(
    deleted,
    releases.map((line, turn) => ({
      what: `DELETE /api/claims/${turn + 1}`,
      authorization: `Bearer ${usernameOf(records.users[line]!)}`,
    })),
  )
  const asked = server.others.filter(({ what }) => what.startsWith('GET'))
  assert.match(asked[0]!.what, /^GET \/api\/coupons\/C[01]\/eligibility\?user_id=user_\d+$/)
})

test('a release that finds nothing to give back is skipped', async () => {
  const { ending, records, server } = await sendLoad({
    shape: { mix: { claim: 0, release: 1, eligibility: 0 } },
  })
  assert.equal([ending, countsOf(records), server.others], ['finished', { skipped: 50 }, []])
})

test('cold connections are opened by the load itself', async () => {
  let atBarrier = -1
  const { server } = await sendLoad({
    load: { isCold: true },
    server: { stock: 100 },
    atBarrier: ({ connections }) => {
      atBarrier = connections()
    },
  })
  assert.equal([atBarrier, server.connections()], [0, 5])
})

test('a connection that is cut is an error with the outcome open, and the lane goes on', async () => {
  const { ending, records, errors } = await sendLoad({
    server: {
      stock: 100,
      intercept: (turn, response) => {
        if (turn % 10 !== 4) return false
        response.socket?.destroy()
        return true
      },
    },
  })
  assert.is(ending, 'finished')
  assert.equal(countsOf(records), { claimed: 45, error: 5 })
  assert.is(
    errors.reduce((sum, { uncertain }) => sum + uncertain, 0),
    5,
  )
})

test('an answer cut in its middle is an error, whatever its status said', async () => {
  const { records, errors } = await sendLoad({
    shape: { users: 1 },
    load: { connections: 1 },
    server: {
      intercept: (_turn, response) => {
        response.writeHead(200, { 'content-length': 100 })
        response.write('{"status":200', () => response.socket?.destroy())
        return true
      },
    },
  })
  assert.equal([countsOf(records), errors[0]!.uncertain], [{ error: 1 }, 1])
})

test('a server that is gone makes certain errors: nothing reached it', async () => {
  const { records, errors } = await sendLoad({
    shape: { users: 10 },
    load: { connections: 2 },
    server: { intercept: () => true },
    atBarrier: (server) => void server.close(),
  })
  assert.equal(countsOf(records), { error: 10 })
  const refused = errors.find(({ error }) => error === 'ECONNREFUSED')
  assert.equal([refused?.count, refused?.uncertain], [8, 0])
})

for (const [what, begin] of Object.entries({
  'does not come': () => {},
  'comes drop by drop': (response: ServerResponse) => {
    response.writeHead(200, { 'content-length': 1000 })
    const drip = setInterval(() => response.write('x'), 20)
    response.once('close', () => clearInterval(drip))
  },
})) {
  test(`an answer that ${what} is an error after the time-out, and its outcome open`, async () => {
    const { errors } = await sendLoad({
      shape: { users: 1 },
      load: { connections: 1, timeoutMs: 300 },
      server: {
        intercept: (_turn, response) => {
          begin(response)
          return true
        },
      },
    })
    assert.equal(
      errors.map(({ error, count, uncertain, example }) => [error, count, uncertain, example]),
      [['TIMEOUT', 1, 1, 'There was no whole answer within 0.3 s.']],
    )
  })
}

test('errors of the server are grouped by status and kind', async () => {
  const { errors } = await sendLoad({
    shape: { users: 6 },
    server: {
      intercept: (turn, response) => {
        const kind = turn < 2 ? 'data_not_found_error' : 'internal_error'
        reply(response, turn < 2 ? 404 : 500, { kind, message: 'm' })
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

test('the signal stops the sending at once, and what is under way is answered', async () => {
  const controller = new AbortController()
  const { ending, records, server } = await sendLoad({
    shape: { users: 1000 },
    load: { signal: controller.signal },
    server: {
      stock: 1000,
      intercept: (turn) => {
        if (turn === 100) controller.abort()
        return false
      },
    },
  })
  assert.is(ending, 'interrupted')
  const { claimed, planned } = countsOf(records)
  assert.is(claimed, server.arrivals.length, 'all that was sent is answered')
  assert.ok(claimed! >= 101 && claimed! <= 110, `${claimed} claimed`)
  assert.is(claimed! + planned!, 1000)
})

test('what is not answered two seconds after the signal is cut, with its outcome open', async () => {
  const controller = new AbortController()
  const { ending, records, errors } = await sendLoad({
    shape: { load: rate(100, 100) },
    load: { signal: controller.signal, connections: 3, timeoutMs: 60_000 },
    server: {
      intercept: (turn) => {
        if (turn === 2) controller.abort()
        return true
      },
    },
  })
  const { error, planned } = countsOf(records)
  assert.equal([ending, error, planned], ['interrupted', 3, 9997])
  assert.equal(
    errors.map((one) => [one.error, one.count, one.uncertain]),
    [['INTERRUPTED', 3, 3]],
  )
})

test('connections that cannot be had are told before anything is sent', async () => {
  const server = await startClaimServer()
  await server.close()
  const { openConnections } = await import('../../cli/stress/engine/connections.ts')
  const { signal } = new AbortController()
  const error = await openConnections({
    url: server.url,
    count: 3,
    isCold: false,
    timeoutMs: 1000,
    signal,
  }).then(
    () => null,
    (reason: Error) => reason,
  )
  assert.match(error?.message ?? '', 'ECONNREFUSED')
})

test.run()
