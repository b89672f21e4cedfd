import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { breakOff } from '../../cli/chaos/wire/pipe.ts'
import { changingStatements, type OpenWire, openWire } from '../../cli/chaos/wire/wire.ts'
import { claimBatch } from '../../server/claims/sql/claim-batch.ts'
import { confirmClaims, releaseClaims } from '../../server/claims/sql/claim-changes.ts'
import { claimFenced } from '../../server/claims/sql/claim-fenced.ts'
import { until } from '../support/until.ts'

interface Context {
  server: Server
  wire: OpenWire
  /** What the server holds of each connection. */
  accepted: Socket[]
  clients: Socket[]
}

const test = suite<Context>('chaos: wire')

test.before.each(async (context) => {
  context.accepted = []
  context.clients = []
  context.server = createServer({ allowHalfOpen: true }, (socket) => {
    context.accepted.push(socket)
    socket.on('error', () => {})
  }).listen(0, '127.0.0.1')
  await once(context.server, 'listening')
  const { port } = context.server.address() as AddressInfo
  context.wire = await openWire({ host: '127.0.0.1', port })
})

test.after.each(async ({ server, wire, accepted, clients }) => {
  for (const socket of [...accepted, ...clients]) socket.destroy()
  await wire.close()
  server.close()
})

/** A client of the wire, and all that it hears. */
async function join({ wire, clients }: Context) {
  const socket = connect(wire.port, '127.0.0.1')
  clients.push(socket)
  const heard = { text: '', ended: '' }
  socket.on('data', (chunk) => {
    heard.text += chunk
  })
  socket.on('end', () => {
    heard.ended ||= 'end'
  })
  socket.on('error', (error: NodeJS.ErrnoException) => {
    heard.ended ||= String(error.code)
  })
  await once(socket, 'connect')
  return { socket, heard }
}

/** What the server sends back is what it was sent. */
function echo({ server }: Context): void {
  server.on('connection', (socket: Socket) => socket.pipe(socket))
}

const heardOf = (heard: { text: string }, text: string) => until(`"${text}"`, () => heard.text === text)

test('bytes pass both ways, and so does an end', async (context) => {
  echo(context)
  const { socket, heard } = await join(context)
  socket.write('one ')
  socket.end('two')
  await until('the end', () => heard.ended !== '')
  assert.equal(heard, { text: 'one two', ended: 'end' })
})

test('who sends too fast has to wait, and loses nothing', async (context) => {
  const { socket } = await join(context)
  await until('it is accepted', () => context.accepted.length === 1)
  const bytes = 64 * 1024 * 1024
  let written = false
  socket.write(Buffer.alloc(bytes, 'x'), () => {
    written = true
  })
  // Nobody reads at the other end: the sender's buffers, the wire's and the receiver's are full long before 64 MB are.
  await pause(200)
  assert.not(written)
  let read = 0
  context.accepted[0]!.on('data', (chunk) => {
    read += chunk.length
  })
  await until('all has come', () => read === bytes)
  assert.ok(written)
})

test('cut: both ends are reset, and a new connection passes', async (context) => {
  echo(context)
  const first = await join(context)
  first.socket.write('x')
  await heardOf(first.heard, 'x')
  let isServerClosed = false
  context.accepted[0]!.once('close', () => {
    isServerClosed = true
  })
  context.wire.cut()
  await until('it is reset', () => first.heard.ended === 'ECONNRESET')
  await until('the server knows', () => isServerClosed)
  const second = await join(context)
  second.socket.write('y')
  await heardOf(second.heard, 'y')
})

test('frozen: nothing passes, new connections hear nothing, an end is told late, and the bytes come in the end', async (context) => {
  echo(context)
  const old = await join(context)
  const leaving = await join(context)
  await until('both are accepted', () => context.accepted.length === 2)
  let hasLeft = false
  context.accepted[1]!.once('end', () => {
    hasLeft = true
  })
  context.wire.freeze()
  const late = await join(context)
  old.socket.write('old')
  late.socket.write('late')
  leaving.socket.end('bye')
  await pause(150)
  assert.equal([old.heard.text, late.heard.text, hasLeft], ['', '', false])
  assert.is(context.accepted.length, 2)
  context.wire.heal()
  await heardOf(old.heard, 'old')
  await heardOf(late.heard, 'late')
  await until('the end is told', () => hasLeft)
  assert.equal([old.heard.ended, late.heard.ended], ['', ''])
})

test('a connection that was given up while all was frozen never reaches the server', async (context) => {
  context.wire.freeze()
  const { socket } = await join(context)
  socket.resetAndDestroy()
  await pause(50)
  context.wire.heal()
  await join(context)
  await until('the next one is accepted', () => context.accepted.length > 0)
  assert.is(context.accepted.length, 1)
})

test('delayed: each piece comes so much later, in its order; healed, what waits comes at once', async (context) => {
  echo(context)
  const { socket, heard } = await join(context)
  context.wire.delay(60)
  const startMs = performance.now()
  for (const letter of 'abcdef') {
    socket.write(letter)
    await pause(5)
  }
  await heardOf(heard, 'abcdef')
  // Sixty there and sixty back; a timer may fire a millisecond early.
  assert.ok(performance.now() - startMs >= 118)
  context.wire.delay(60_000)
  socket.write('!')
  await pause(30)
  context.wire.heal()
  await heardOf(heard, 'abcdef!')
})

test('muted: what is sent arrives, no answer does', async (context) => {
  echo(context)
  const { socket, heard } = await join(context)
  let arrived = ''
  await until('it is accepted', () => context.accepted.length === 1)
  context.accepted[0]!.on('data', (chunk) => {
    arrived += chunk
  })
  context.wire.mute()
  socket.write('x')
  await until('it has arrived', () => arrived === 'x')
  await pause(30)
  assert.is(heard.text, '')
  context.wire.heal()
  await heardOf(heard, 'x')
})

test('a server that is not there: the client is reset', async (context) => {
  context.server.close()
  await once(context.server, 'close')
  const { heard } = await join(context)
  await until('it is reset', () => heard.ended === 'ECONNRESET')
})

/** A message of Postgres' protocol. */
function message(type: string, body: string): Buffer {
  const bytes = Buffer.alloc(5 + body.length, type, 'latin1')
  bytes.writeInt32BE(4 + body.length, 1)
  bytes.write(body, 5, 'latin1')
  return bytes
}

const bindOf = (name: string) => message('B', `\0${name}\0\0\0`)
const committed = Buffer.concat([message('D', 'a row'), message('C', 'SELECT 1\0'), message('Z', 'I')])

/** Sends a request and an answer to it; the answer in pieces of that size. */
async function exchange(context: Context, request: Buffer, answer: Buffer, size = answer.length) {
  const { socket, heard } = await join(context)
  await until('it is accepted', () => context.accepted.length > 0)
  const server = context.accepted.pop()!
  socket.write(request)
  await once(server, 'data')
  for (let at = 0; at < answer.length; at += size) {
    server.write(answer.subarray(at, at + size))
    if (size < answer.length) await pause(2)
  }
  await until('it is told or lost', () => heard.text.length === answer.length || heard.ended !== '')
  return heard.ended
}

test('the answers of claims and changes are lost, as often as was asked, however they are cut', async (context) => {
  context.wire.loseAnswers(changingStatements.length)
  for (const [index, name] of changingStatements.entries()) {
    assert.is(await exchange(context, bindOf(name), committed, index + 1), 'ECONNRESET', name)
  }
  assert.is(context.wire.lostAnswers(), changingStatements.length)
  assert.is(await exchange(context, bindOf('claim_batch'), committed), '')
})

test('what is not the commit of a claim is not lost: another statement, an error, an open transaction', async (context) => {
  context.wire.loseAnswers(1)
  assert.is(await exchange(context, bindOf('coupon_of_claim'), committed), '')
  const failed = Buffer.concat([message('E', 'SERROR\0\0'), message('Z', 'I')])
  assert.is(await exchange(context, bindOf('claim_batch'), failed), '')
  const open = Buffer.concat([message('C', 'SELECT 1\0'), message('Z', 'T')])
  assert.is(await exchange(context, bindOf('claim_batch'), open), '')
  const words = message('D', `Z\0\0\0\u0005I`)
  assert.is(await exchange(context, bindOf('claim_batch'), words), '')
  context.wire.heal()
  assert.is(await exchange(context, bindOf('claim_batch'), committed), '')
  assert.is(context.wire.lostAnswers(), 0)
})

test('the names it looks for are those that the server gives its statements', () => {
  assert.equal(
    [...changingStatements],
    [claimBatch.name, claimFenced.name, releaseClaims.name, confirmClaims.name],
  )
})

test('a connection whose end is just being told is closed, and not left to nobody', async (context) => {
  const { socket } = await join(context)
  const errors: Error[] = []
  socket.on('error', (error) => errors.push(error))
  socket.end()
  await Promise.resolve()
  breakOff(socket)
  await once(socket, 'close')
  assert.equal(errors, [])
})

test.run()
