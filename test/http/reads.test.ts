/** How many requests are read in a turn of the event loop, over real sockets: the server and its clients share one. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import express from 'express'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readsATurn } from '../../server/http/connections.ts'
import { clientLimitsOf, type Listening, listen } from '../../server/http/listen.ts'
import { defaults } from '../support/claim-bench.ts'
import { until } from '../support/until.ts'

const test = suite('http: reads')

const crowd = 4 * readsATurn
const request = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'

interface Bench {
  readonly listening: Listening
  /** Each of them has been answered once. */
  readonly sockets: readonly Socket[]
  /** How many requests each turn of the event loop has read since. */
  readonly turns: readonly number[]
  /** When the first of them are held. */
  readonly holding: Promise<void>
  /** Which of `sockets` were answered since, in that order. */
  readonly answered: readonly number[]
  open(): Promise<Socket>
}

async function withCrowd(work: (bench: Bench) => Promise<void>): Promise<void> {
  const app = express()
  const turns: number[] = []
  const answered: number[] = []
  let isInTurn = false
  let onHeld = () => {}
  app.get('/', (_request, response) => {
    if (!isInTurn) {
      isInTurn = true
      turns.push(0)
      setImmediate(() => {
        isInTurn = false
      })
    }
    turns.push((turns.pop() ?? 0) + 1)
    if (listening.held() > 0) onHeld()
    response.end('now')
  })
  const listening = await listen(
    { app, listener: app },
    { host: '127.0.0.1', port: 0 },
    clientLimitsOf(defaults),
  )
  const opened: Socket[] = []
  const open = async () => {
    const socket = connect(listening.port, '127.0.0.1').on('error', () => {})
    opened.push(socket)
    await once(socket, 'connect')
    return socket
  }
  try {
    const sockets = await Promise.all(Array.from({ length: crowd }, open))
    sockets.forEach((socket, n) => {
      socket.on('data', () => answered.push(n))
      socket.write(request)
    })
    await until(
      'all are answered once, and none is held',
      () => answered.length === crowd && listening.held() === 0,
    )
    answered.length = 0
    turns.length = 0
    const holding = new Promise<void>((resolve) => {
      onHeld = resolve
    })
    await work({ listening, sockets, turns, holding, answered, open })
  } finally {
    for (const socket of opened) socket.destroy()
    await listening.close(0)
  }
}

/** In how many turns of the event loop it comes true. */
async function turnsUntil(condition: () => boolean): Promise<number> {
  let turns = 0
  for (; !condition(); turns += 1) await new Promise(setImmediate)
  return turns
}

test('a crowd that asks at one moment is read in many turns, and all of it is answered', () =>
  withCrowd(async ({ listening, sockets, turns, holding, answered }) => {
    for (const socket of sockets) socket.write(request)
    await holding
    await until('all are answered', () => answered.length === crowd)
    assert.is(Math.max(...turns), readsATurn)
    assert.is(new Set(answered).size, crowd)
    await until('none is held', () => listening.held() === 0)
    for (const socket of sockets) socket.write(request)
    await until('all are answered again', () => answered.length === 2 * crowd)
  }))

test('who comes meanwhile is heard before all of the crowd', () =>
  withCrowd(async ({ listening, sockets, answered }) => {
    const newcomer = connect(listening.port, '127.0.0.1').on('error', () => {})
    for (const socket of sockets) socket.write(request)
    newcomer.write(request)
    await once(newcomer, 'data')
    assert.ok(answered.length < crowd, 'it had to wait for all of them')
    newcomer.destroy()
  }))

test('so is who came a moment before, and asks while the crowd is held', () =>
  withCrowd(async ({ sockets, holding, answered, open }) => {
    const newcomer = await open()
    let isAnswered = false
    newcomer.once('data', () => {
      isAnswered = true
    })
    for (const socket of sockets) socket.write(request)
    await holding
    newcomer.write(request)
    await turnsUntil(() => isAnswered)
    assert.ok(answered.length < crowd, 'it had to wait for all of them')
  }))

test('who asks among hundreds that are held and have nothing to say is heard soon', () =>
  withCrowd(async ({ sockets, holding, answered }) => {
    for (const socket of sockets.slice(0, readsATurn)) socket.write(request)
    await holding
    const last = crowd - 1
    sockets[last]!.write(request)
    const turns = await turnsUntil(() => answered.includes(last))
    const byEqualShares = crowd / (readsATurn / 2)
    assert.ok(turns < byEqualShares, `${turns} turns; by equal shares it would be ${byEqualShares} at least`)
  }))

test('requests in one piece do not have others wait', () =>
  withCrowd(async ({ sockets, holding, answered }) => {
    let hasHeld = false
    void holding.then(() => {
      hasHeld = true
    })
    const senders = readsATurn / 2
    for (const socket of sockets.slice(0, senders)) socket.write(request.repeat(10))
    await until('all are answered', () => new Set(answered).size === senders)
    assert.not(hasHeld)
  }))

test('one that goes away while it is held is no burden', () =>
  withCrowd(async ({ listening, sockets, holding, answered }) => {
    for (const socket of sockets) socket.write(request)
    await holding
    for (const socket of sockets) socket.destroy()
    await until('nobody is left', () => listening.connections() === 0)
    assert.is(listening.held(), 0)
    assert.ok(answered.length < crowd)
  }))

test('a close answers those that are held', () =>
  withCrowd(async ({ listening, sockets, holding, answered }) => {
    for (const socket of sockets) socket.write(request)
    await holding
    await listening.close(10_000)
    assert.is(listening.held(), 0)
    await until('all are answered', () => answered.length === crowd)
  }))

test.run()
