/** How a server lets go of its connections, so that no client sends a request into a closed one. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import express from 'express'
import { Client, Pool } from 'undici'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { clientLimitsOf, listen } from '../../server/http/listen.ts'
import { defaults } from '../support/claim-bench.ts'
import { until } from '../support/until.ts'

const test = suite('http: drain')

/** More than the system keeps of what a client does not read. */
const large = Buffer.alloc(32 * 1024 * 1024, 'x')

/** A server whose answers to `/slow` wait until they are let go. */
async function open() {
  const app = express()
  let letGo = () => {}
  const slow = new Promise<void>((resolve) => {
    letGo = resolve
  })
  let onSlow = () => {}
  const isSlow = new Promise<void>((resolve) => {
    onSlow = resolve
  })
  app.get('/', (_request, response) => void response.end('now'))
  app.get('/large', (_request, response) => void response.end(large))
  app.get('/slow', async (_request, response) => {
    onSlow()
    await slow
    response.end('late')
  })
  const listening = await listen(
    { app, listener: app },
    { host: '127.0.0.1', port: 0 },
    clientLimitsOf(defaults),
  )
  return { listening, client: new Client(listening.url), isSlow, letGo }
}

async function get(client: Client, path: string) {
  const { headers, body } = await client.request({ method: 'GET', path })
  return { connection: headers.connection, text: await body.text() }
}

test('the next request on an idle connection is answered, and told that it is the last', async () => {
  const { listening, client } = await open()
  assert.equal(await get(client, '/'), { connection: 'keep-alive', text: 'now' })
  assert.is(listening.connections(), 1)
  const closed = listening.close(5_000)
  assert.equal(await get(client, '/'), { connection: 'close', text: 'now' })
  await closed
  assert.is(listening.connections(), 0)
  await client.close()
})

test('an answer under way says that it is the last as well', async () => {
  const { listening, client, isSlow, letGo } = await open()
  const answer = get(client, '/slow')
  await isSlow
  const closed = listening.close(5_000)
  letGo()
  assert.equal(await answer, { connection: 'close', text: 'late' })
  await closed
  await client.close()
})

test('requests behind the one under way are answered as well, and the last of them says so', async () => {
  const { listening, isSlow, letGo } = await open()
  const socket = connect(listening.port, '127.0.0.1')
  socket.write('GET /slow HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(3))
  await isSlow
  await until('the others wait behind it', () => listening.pipelined() === 2)
  const closed = listening.close(5_000)
  letGo()
  const answers = (await text(socket)).split('late').slice(0, -1)
  assert.equal(
    answers.map((answer) => /connection: ([\w-]+)/i.exec(answer)?.[1]),
    ['keep-alive', 'keep-alive', 'close'],
  )
  await closed
})

test('whoever the system has accepted by then is answered, also when each request comes on a new connection', async () => {
  const { listening } = await open()
  const clients = 64
  const http = new Pool(listening.url, { connections: clients, pipelining: 0 })
  let answered = 0
  let onMany = () => {}
  const many = new Promise<void>((resolve) => {
    onMany = resolve
  })
  const faults: string[] = []
  const loops = Array.from({ length: clients }, async () => {
    for (;;) {
      try {
        await (await http.request({ method: 'GET', path: '/' })).body.dump()
        answered += 1
        if (answered === 10 * clients) onMany()
      } catch (error) {
        // Before it could send anything.
        if ((error as NodeJS.ErrnoException).syscall === 'connect') return
        faults.push(String(error))
      }
    }
  })
  await many
  await listening.close(5_000)
  await Promise.all(loops)
  assert.equal(faults, [])
  await http.close()
})

test('a newcomer that is held is answered at the close, not when this process stops accepting and another does still', async () => {
  const { listening, client } = await open()
  await get(client, '/')
  listening.holdNewcomers()
  const newcomer = connect(listening.port, '127.0.0.1')
  newcomer.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
  await until('it is taken', () => listening.holdNewcomers() === 1)
  listening.stopAccepting()
  // What was read by then is answered before these.
  for (let round = 0; round < 3; round += 1) await get(client, '/')
  assert.is(newcomer.bytesRead, 0)
  const closed = listening.close(5_000)
  assert.match(await text(newcomer), /^HTTP\/1\.1 200 .*Connection: close.*now$/s)
  await closed
  await client.close()
})

test('an idle connection that stays idle is closed in the end, and one in use is not waited for past the grace', async () => {
  const { listening, client, isSlow } = await open()
  const idle = new Client(listening.url)
  await get(idle, '/')
  const answer = get(client, '/slow').then(
    () => assert.unreachable('it is never answered'),
    (error: Error) => error,
  )
  await isSlow
  const beganMs = performance.now()
  await listening.close(2_500)
  const tookMs = performance.now() - beganMs
  assert.ok(tookMs >= 2_400 && tookMs < 5_000, `${tookMs} ms`)
  assert.instance(await answer, Error)
  await Promise.all([client.destroy(), idle.destroy()])
})

test('without a request of late, idle connections are closed at once', async () => {
  const { listening } = await open()
  const { port } = new URL(listening.url)
  const socket = connect(Number(port), '127.0.0.1')
  await once(socket, 'connect')
  while (listening.connections() === 0) await new Promise((resolve) => setImmediate(resolve))
  const beganMs = performance.now()
  await Promise.all([listening.close(5_000), once(socket, 'close')])
  assert.ok(performance.now() - beganMs < 1_000)
})

test('an answer that its client reads slowly is not cut short as idle', async () => {
  const { listening } = await open()
  const slow = connect(listening.port, '127.0.0.1')
  slow.write('GET /large HTTP/1.1\r\nHost: x\r\n\r\n')
  await once(slow, 'readable')
  // Nobody asks for anything for so long: idle connections are closed at once.
  await sleep(1_100)
  const closed = listening.close(8_000)
  await sleep(100)
  let bytes = 0
  slow.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes > large.length) slow.end()
  })
  await once(slow, 'close')
  assert.ok(bytes > large.length, `${bytes} bytes of more than ${large.length}`)
  await closed
})

test.run()
