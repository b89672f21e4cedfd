/** How many requests are read in a turn of the event loop, over real sockets: the server and its clients share one. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import express from 'express'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { clientLimitsOf, type Listening, listen } from '../../server/http/listen.ts'
import { defaults } from '../support/claim-bench.ts'
import { until } from '../support/until.ts'

const test = suite('http: reads')

const crowd = 1_000
const readsATurn = 128
const request = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'

interface Bench {
  readonly listening: Listening
  readonly sockets: readonly Socket[]
  /** How many requests each turn of the event loop has read. */
  readonly turns: readonly number[]
  /** When the first of them are held. */
  readonly holding: Promise<void>
  /** Which of `sockets` were answered, in that order. */
  readonly answered: readonly number[]
}

async function withCrowd(work: (bench: Bench) => Promise<void>): Promise<void> {
  const app = express()
  const turns: number[] = []
  let isInTurn = false
  let hold = () => {}
  const holding = new Promise<void>((resolve) => {
    hold = resolve
  })
  app.get('/', (_request, response) => {
    if (!isInTurn) {
      isInTurn = true
      turns.push(0)
      setImmediate(() => {
        isInTurn = false
      })
    }
    turns.push((turns.pop() ?? 0) + 1)
    if (listening.held() > 0) hold()
    response.end('now')
  })
  const listening = await listen(
    { app, listener: app },
    { host: '127.0.0.1', port: 0 },
    clientLimitsOf(defaults),
  )
  const sockets = Array.from({ length: crowd }, () => connect(listening.port, '127.0.0.1'))
  const answered: number[] = []
  sockets.forEach((socket, n) => {
    socket.on('error', () => {})
    socket.on('data', () => answered.push(n))
  })
  try {
    await Promise.all(sockets.map((socket) => once(socket, 'connect')))
    await until('all are accepted', () => listening.connections() === crowd)
    await work({ listening, sockets, turns, holding, answered })
  } finally {
    for (const socket of sockets) socket.destroy()
    await listening.close(0)
  }
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

test('who asks among hundreds that are held and have nothing to say is heard soon', () =>
  withCrowd(async ({ sockets, holding, answered }) => {
    for (const socket of sockets.slice(0, readsATurn)) socket.write(request)
    await holding
    const last = crowd - 1
    sockets[last]!.write(request)
    let turns = 0
    for (; !answered.includes(last); turns += 1) await new Promise(setImmediate)
    const oneByOne = (crowd - readsATurn) / (readsATurn / 2)
    assert.ok(turns < oneByOne, `${turns} turns; by equal shares it would be ${oneByOne} at least`)
  }))

test('requests in one piece do not have others wait', () =>
  withCrowd(async ({ sockets, holding, answered }) => {
    let hasHeld = false
    void holding.then(() => {
      hasHeld = true
    })
    const pieces = 10
    for (const socket of sockets.slice(0, readsATurn / 2)) socket.write(request.repeat(pieces))
    await until('all are answered', () => new Set(answered).size === readsATurn / 2)
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
