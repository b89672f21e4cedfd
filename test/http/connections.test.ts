/** What a client may take of the server, made by those who take more, over real sockets. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import type { IncomingMessage, Server } from 'node:http'
import { connect, type Socket } from 'node:net'
import { text as readText } from 'node:stream/consumers'
import express from 'express'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  type ClientLimits,
  clientLimitsOf,
  type Listening,
  listen,
  type Served,
} from '../../server/http/listen.ts'
import { pipelinedMaxEach } from '../../server/http/pipelined.ts'
import { unwantedBodyMax } from '../../server/http/unwanted-body.ts'
import { defaults } from '../support/claim-bench.ts'
import { assertDescribed } from '../support/openapi/described.ts'
import { until } from '../support/until.ts'

const test = suite('http: connections')

interface Opened {
  readonly listening: Listening
  /** Requests that came to a handler. */
  handled(): number
  letGo(): void
  open(): Promise<Socket>
}

/** A server whose routes answer at once, when it is let go, with 32 MB, when the body is read, and without reading it. */
async function withServer(
  { onLost = () => {}, ...limits }: Partial<ClientLimits> & Pick<Served, 'onLost'>,
  work: (opened: Opened) => Promise<void>,
) {
  const app = express()
  let handled = 0
  let letGo = () => {}
  const slow = new Promise<void>((resolve) => {
    letGo = resolve
  })
  app.use((_request, _response, next) => {
    handled += 1
    next()
  })
  app.get('/', (_request, response) => void response.end('now'))
  app.get('/slow', async (_request, response) => {
    await slow
    response.end('late')
  })
  app.get('/large', (_request, response) => void response.end(Buffer.alloc(32 * 1024 * 1024, 'x')))
  app.post('/read', (request, response) => void request.resume().on('end', () => response.end('read')))
  app.post('/refuse', (_request, response) => void response.status(413).end('too large'))
  const listening = await listen(
    { app, listener: app, onLost },
    { host: '127.0.0.1', port: 0 },
    { ...clientLimitsOf(defaults), ...limits },
  )
  const sockets: Socket[] = []
  const open = async () => {
    const socket = connect(listening.port, '127.0.0.1')
    sockets.push(socket)
    socket.on('error', () => {})
    await once(socket, 'connect')
    return socket
  }
  try {
    await work({ listening, handled: () => handled, letGo: () => letGo(), open })
  } finally {
    letGo()
    for (const socket of sockets) socket.destroy()
    await listening.close(0)
  }
}

const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`
/** However it comes about: `once` would reject for a reset. */
const closeOf = (socket: Socket) => new Promise<void>((resolve) => socket.once('close', () => resolve()))
const answered = async (socket: Socket) => String((await once(socket, 'data'))[0])

const slowHeaders: Readonly<Record<string, string>> = {
  'nothing at all': '',
  'half a line': 'GET / HT',
  'half of the headers': 'GET / HTTP/1.1\r\nHost: x\r\nX: ',
}
for (const [what, bytes] of Object.entries(slowHeaders)) {
  test(`a client that sends ${what} and no more is closed, and its request never handled`, () =>
    withServer({ headersTimeoutMs: 200 }, async ({ open, handled }) => {
      const socket = await open()
      socket.write(bytes)
      assert.match(await readText(socket), /^(HTTP\/1\.1 408 .*)?$/s)
      assert.is(handled(), 0)
    }))
}

test('headers that come byte by byte do not gain time by it', () =>
  withServer({ headersTimeoutMs: 300 }, async ({ open }) => {
    const socket = await open()
    const drip = setInterval(() => socket.write('X'), 20)
    socket.write('GET / HTTP/1.1\r\nX: ')
    socket.resume()
    await closeOf(socket)
    clearInterval(drip)
  }))

test('a body that comes byte by byte is told 408 when its time is over', () =>
  withServer({ requestTimeoutMs: 300, headersTimeoutMs: 200 }, async ({ open }) => {
    const socket = await open()
    socket.write('POST /read HTTP/1.1\r\nHost: x\r\nContent-Length: 10000\r\n\r\n')
    const drip = setInterval(() => socket.write('x'), 20)
    assert.match(await answered(socket), /^HTTP\/1\.1 408 /)
    clearInterval(drip)
    socket.resume()
    await closeOf(socket)
  }))

test('a client that does not read its answer is cut, and what it has read meanwhile is what fits into the sockets', () =>
  withServer({ stalledMs: 300 }, async ({ open, listening }) => {
    const socket = await open()
    socket.pause()
    socket.write(get('/large'))
    await until('it is cut', () => listening.connections() === 0)
  }))

test('requests behind one that is not answered: so many are answered in their order', () =>
  withServer({}, async ({ open, letGo, listening, handled }) => {
    const socket = await open()
    socket.write(get('/slow').repeat(pipelinedMaxEach + 1))
    await until('all are handled', () => handled() === pipelinedMaxEach + 1)
    assert.is(listening.pipelined(), pipelinedMaxEach)
    letGo()
    let text = ''
    socket.on('data', (chunk: Buffer) => {
      text += chunk
    })
    await until('all are answered', () => text.split('late').length === pipelinedMaxEach + 2)
    await until('none is left', () => listening.pipelined() === 0)
    socket.write(get('/'))
    await until('and it goes on', () => text.endsWith('now'))
  }))

test('one more cuts the connection, and what came with it is not handled', () =>
  withServer({}, async ({ open, listening, handled }) => {
    const socket = await open()
    // One piece, as large as a read of the server.
    socket.write(get('/slow').repeat(1_500))
    socket.resume()
    await closeOf(socket)
    assert.ok(handled() < pipelinedMaxEach, `${handled()} handled`)
    await until('nothing is left of it', () => listening.connections() + listening.pipelined() === 0)
    const other = await open()
    other.write(get('/'))
    assert.match(await answered(other), /^HTTP\/1\.1 200 /)
  }))

const requestStart = 'http.server.request.start'

/** What Node tells of a request. */
interface Started {
  readonly request: IncomingMessage
  readonly server: Server
}

/** Tells of each request that Node makes in this process, whether it is handled or not; until it is stopped. */
function onRequest(tell: (started: Started) => void): () => void {
  const hear = (message: unknown) => tell(message as Started)
  subscribe(requestStart, hear)
  return () => void unsubscribe(requestStart, hear)
}

function nextRequest(): Promise<Started> {
  return new Promise((resolve) => {
    const stop = onRequest((started) => {
      stop()
      resolve(started)
    })
  })
}

test('connections that the system cannot hand over are told, and others accepted as ever', () => {
  const lost: string[] = []
  return withServer({ onLost: ({ message }) => lost.push(message) }, async ({ open }) => {
    const coming = nextRequest()
    const socket = await open()
    socket.write(get('/'))
    await answered(socket)
    const { server } = await coming
    for (const code of ['accept ENOMEM', 'accept ENOBUFS']) server.emit('error', new Error(code))
    assert.equal(lost, ['accept ENOMEM', 'accept ENOBUFS'])
    const other = await open()
    other.write(get('/'))
    assert.match(await answered(other), 'now')
  })
})

test('what else was read of a connection that is cut is not parsed, and its errors are not told with stacks', () =>
  withServer({}, async ({ open, listening }) => {
    const { stackTraceLimit } = Error
    const begun: IncomingMessage[] = []
    const stop = onRequest(({ request }) => begun.push(request))
    try {
      const socket = await open()
      socket.write(get('/slow').repeat(1_500))
      socket.resume()
      await closeOf(socket)
      await until('nothing is left of it', () => listening.connections() + listening.pipelined() === 0)
      await until('each has its error', () => begun.every(({ errored }) => errored !== null))
      assert.is(begun.length, pipelinedMaxEach + 2, 'one under way, those behind it, and the one too many')
      for (const { errored } of begun) assert.is(errored?.stack, 'Error: aborted')
      assert.is(Error.stackTraceLimit, stackTraceLimit)
    } finally {
      stop()
    }
  }))

test('one connection more than there may be: that which has been idle for longest is closed', () =>
  withServer({ connectionsMax: 3 }, async ({ open, listening }) => {
    const silent = await open()
    const half = await open()
    half.write('GET / HTTP/1.1\r\n')
    const used = await open()
    used.write(get('/'))
    await answered(used)
    await until('all are there', () => listening.connections() === 3)
    for (const oldest of [silent, half]) {
      const closed = closeOf(oldest)
      oldest.resume()
      const newcomer = await open()
      newcomer.write(get('/slow'))
      await closed
      await until('the newcomer has its place', () => listening.connections() === 3)
    }
    used.write(get('/'))
    assert.match(await answered(used), /^HTTP\/1\.1 200 /, 'who was used last is there still')
  }))

test('one connection more when all are at work is told 503, as the document says, and closed', () =>
  withServer({ connectionsMax: 1 }, async ({ open, handled, letGo }) => {
    const first = await open()
    first.write(get('/slow'))
    await until('it is at work', () => handled() === 1)
    const answer = await readText(await open())
    const [head = '', text = ''] = answer.split('\r\n\r\n')
    const [line, ...lines] = head.split('\r\n')
    assert.is(line, 'HTTP/1.1 503 Service Unavailable')
    const headers = Object.fromEntries(lines.map((each) => each.split(/: (.*)/).slice(0, 2))) as Headers
    const lower = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
    )
    assert.equal([lower.connection, lower['retry-after']], ['close', '1'])
    assertDescribed('/api', { method: 'POST', path: '/api/coupons/claim', status: 503, headers: lower, text })
    letGo()
    assert.match(await answered(first), /^HTTP\/1\.1 200 /)
  }))

type Headers = Record<string, string>

for (const [what, head, chunk] of [
  ['of a length', 'Content-Length: 10000000000', (bytes: string) => bytes],
  [
    'in chunks',
    'Transfer-Encoding: chunked',
    (bytes: string) => `${bytes.length.toString(16)}\r\n${bytes}\r\n`,
  ],
] as const) {
  test(`a body without end, ${what}: its client hears the answer, and is not read for long after it`, () =>
    withServer({}, async ({ open }) => {
      const socket = await open()
      const closed = closeOf(socket)
      const heard = answered(socket)
      const piece = chunk('x'.repeat(60_000))
      let sent = 0
      const send = () => {
        while (socket.writable && socket.write(piece)) sent += piece.length
      }
      socket.write(`POST /refuse HTTP/1.1\r\nHost: x\r\n${head}\r\n\r\n`)
      socket.on('drain', send)
      send()
      assert.match(await heard, /^HTTP\/1\.1 413 /)
      await closed
      assert.ok(sent < unwantedBodyMax + 64 * 1024 * 1024, `${sent} bytes went into sockets and server`)
    }))
}

test('an unwanted body is not read faster than in sips, so that others are heard meanwhile', () =>
  withServer({}, async ({ open }) => {
    const accepted = nextRequest()
    const socket = await open()
    socket.resume()
    socket.write('POST /refuse HTTP/1.1\r\nHost: x\r\nContent-Length: 10000000000\r\n\r\n')
    socket.write(Buffer.alloc(32 * 1024 * 1024))
    const { socket: ofServer } = (await accepted).request
    let before = 0
    let most = 0
    const look = () => {
      most = Math.max(most, ofServer.bytesRead - before)
      before = ofServer.bytesRead
      if (!ofServer.destroyed) setImmediate(look)
    }
    look()
    await closeOf(socket)
    assert.ok(before > unwantedBodyMax, `${before} bytes read`)
    assert.ok(most < 256 * 1024, `${most} bytes in one turn of the event loop`)
  }))

test('a body that is unwanted but small leaves the connection as it was', () =>
  withServer({}, async ({ open }) => {
    const socket = await open()
    const body = 'x'.repeat(unwantedBodyMax - 1)
    socket.write(`POST /refuse HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`)
    assert.match(await answered(socket), /^HTTP\/1\.1 413 /)
    socket.write(get('/'))
    assert.match(await answered(socket), /^HTTP\/1\.1 200 /)
  }))

const lines = (count: number) => 'a:b\r\n'.repeat(count)

test('100 header lines are taken, more are told 431, and so are headers of more than 16 kB', () =>
  withServer({}, async ({ open }) => {
    for (const [count, status] of [
      [99, 200],
      [100, 431],
      [127, 431],
      [128, 431],
      [2_500, 431],
    ] as const) {
      const many = await open()
      many.write(`GET / HTTP/1.1\r\nHost: x\r\n${lines(count)}\r\n`)
      assert.match(await answered(many), new RegExp(`^HTTP/1\\.1 ${status} `), `${count} and a host`)
    }
    const huge = await open()
    huge.write(`GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`)
    assert.match(await answered(huge), /^HTTP\/1\.1 431 /)
    huge.resume()
    await closeOf(huge)
  }))

test('many header lines hide no body without end', () =>
  withServer({}, async ({ open }) => {
    const socket = await open()
    const closed = closeOf(socket)
    socket.resume()
    const piece = `ea60\r\n${'x'.repeat(60_000)}\r\n`
    let sent = 0
    const send = () => {
      while (socket.writable && socket.write(piece)) sent += piece.length
    }
    socket.on('drain', send)
    socket.write(`POST /refuse HTTP/1.1\r\nHost: x\r\n${lines(120)}Transfer-Encoding: chunked\r\n\r\n`)
    send()
    await closed
    assert.ok(sent < unwantedBodyMax + 64 * 1024 * 1024, `${sent} bytes went into sockets and server`)
  }))

test.run()
