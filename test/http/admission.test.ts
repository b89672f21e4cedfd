/** When a claim is let in, and when who was refused is heard again: decided by counts, and by time that is handed in. */

import { EventEmitter, once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { PassThrough } from 'node:stream'
import { Client } from 'undici'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createAdmission } from '../../server/http/admission.ts'
import { createRefusals } from '../../server/http/refusals.ts'
import { until } from '../support/until.ts'

const test = suite('http: admission')

/** A server that decides `perS` claims a second, in the order of their admission, in steps of 10 ms. */
function bench(perS: number) {
  let atMs = 0
  let open = 0
  let due = 0
  let speed = perS
  const admission = createAdmission({
    limit: 10_000,
    targetMs: 1_000,
    patienceMs: 2_500,
    now: () => atMs,
    later: (work) => work(),
  })
  const arrive = (count: number) => {
    let refused = 0
    for (let n = 0; n < count; n += 1) {
      if (admission.admits()) {
        admission.began()
        open += 1
      } else refused += 1
    }
    return refused
  }
  const run = (ms: number, arrivalsPerS: number) => {
    let refused = 0
    let decided = 0
    for (const endMs = atMs + ms; atMs < endMs; atMs += 10) {
      refused += arrive(arrivalsPerS / 100)
      due = Math.min(open, due + speed / 100)
      for (; due >= 1; due -= 1) {
        admission.decided()
        admission.ended()
        open -= 1
        decided += 1
      }
    }
    return { refused, decided }
  }
  return {
    admission,
    arrive,
    run,
    setSpeed: (next: number) => {
      speed = next
    },
  }
}

test('a burst of as many as may be under way is taken whole, whatever the rate and after whatever lull', () => {
  for (const perS of [2_000, 4_000, 8_000]) {
    const { arrive, run } = bench(perS)
    assert.is(run(10_000, 100).refused, 0, 'a lull')
    assert.is(arrive(10_000 - 100), 0, `${perS} a second`)
    const late = run(6_000, 100).refused
    if (perS > 2_000) assert.is(late, 0, 'who comes while it is worked off is taken as well')
  }
})

test('one more than may be under way is refused, and the next is let in when one is decided', () => {
  const { admission, arrive } = bench(0)
  assert.is(arrive(10_001), 1)
  admission.decided()
  assert.is(arrive(1), 0)
  const told = { undecided: 10_000, open: 10_001, openMax: Number.POSITIVE_INFINITY, refused: 1 }
  assert.equal(admission.stats(), told, 'its answer waits for its turn')
})

test('answers that wait for their turn count as a wait, though all is decided', () => {
  let atMs = 0
  const times = { targetMs: 1_000, patienceMs: 2_500, now: () => atMs, later: (work: () => void) => work() }
  const admission = createAdmission({ limit: 10_000, ...times })
  const arrive = (count: number) => {
    let admitted = 0
    for (let n = 0; n < count; n += 1) {
      if (!admission.admits()) continue
      admission.began()
      admission.decided()
      admitted += 1
    }
    return admitted
  }
  // 2,000 a second are answered, and 10,000 come.
  for (; atMs < 20_000; atMs += 10) {
    arrive(100)
    for (let n = 0; n < 20 && admission.stats().open > 0; n += 1) admission.ended()
  }
  const { open, undecided } = admission.stats()
  assert.is(undecided, 0)
  assert.ok(open <= 2_200, `${open} wait for their answers`)
})

test('five times what can be served: as many are decided as before, and who is let in waits no longer than the target', () => {
  for (const perS of [500, 2_000, 6_000]) {
    const { admission, run } = bench(perS)
    // At the slowest, the burst at its beginning takes 20 s.
    run(30_000, perS * 5)
    const { openMax } = admission.stats()
    assert.ok(openMax <= perS * 1.1 && openMax >= Math.max(256, perS * 0.9), `${openMax} for ${perS}`)
    const { decided, refused } = run(10_000, perS * 5)
    assert.ok(decided >= perS * 10 * 0.99, `${decided} for ${perS}`)
    assert.ok(Math.abs(refused - perS * 40) < perS, `${refused} of ${perS * 50}`)
  }
})

test('when the load falls, everybody is let in within half the target', () => {
  const { admission, run } = bench(2_000)
  run(10_000, 10_000)
  assert.ok(admission.stats().openMax < 10_000)
  run(1_000, 1_000)
  assert.is(run(5_000, 1_900).refused, 0)
  assert.is(admission.stats().openMax, Number.POSITIVE_INFINITY)
})

test('clients that wait for their answers, however slow, are no overload while the wait is below the target', () => {
  const { arrive, run } = bench(2_000)
  assert.is(arrive(1_900), 0)
  assert.is(run(20_000, 2_000).refused, 0)
})

test('a database that decides nothing: after the patience few are let in, and all again when it does', () => {
  const { admission, run, setSpeed } = bench(0)
  assert.is(run(2_500, 1_000).refused, 0)
  run(500, 1_000)
  assert.is(admission.stats().openMax, 256)
  setSpeed(8_000)
  run(2_000, 1_000)
  assert.is(admission.stats().openMax, Number.POSITIVE_INFINITY)
  assert.is(run(1_000, 1_000).refused, 0)
})

test('a pause of the database that is shorter than the patience: nobody is refused', () => {
  const { run, setSpeed } = bench(4_000)
  run(5_000, 1_000)
  setSpeed(0)
  assert.is(run(2_000, 1_000).refused, 0)
  setSpeed(4_000)
  assert.is(run(5_000, 1_000).refused, 0)
})

/** As much of a socket as a refusal touches. */
const newSocket = () => new PassThrough() as unknown as Socket

test('who was refused is not read before its turn; turns come in their order, and all at once when there is room', async () => {
  let room = 0
  const refusals = createRefusals({ limit: 300, perS: 100, room: () => room })
  const sockets = Array.from({ length: 301 }, newSocket)
  const heard: number[] = []
  const answers: EventEmitter[] = []
  sockets.forEach((socket, n) => {
    socket.resume()
    const { resume } = socket
    socket.resume = () => {
      heard.push(n)
      return resume.call(socket)
    }
    const answer = new EventEmitter()
    answers.push(answer)
    assert.ok([1, 2].includes(refusals.add(socket, answer as ServerResponse)), 'nobody waits yet')
  })
  for (const answer of answers) answer.emit('finish')
  assert.is(refusals.waiting(), 300)
  assert.not(sockets[300]!.isPaused(), 'one more than the limit is read as ever')
  const retryAfterS = refusals.add(sockets[300]!, new EventEmitter() as ServerResponse)
  assert.ok(retryAfterS >= 3 && retryAfterS <= 5, `${retryAfterS} s for 300 of 100 a second`)
  await until('some are read again', () => heard.length >= 6)
  assert.ok(heard.length < 200, 'and by no means all')
  room = 1_000
  await until('all are read again', () => refusals.waiting() === 0)
  assert.equal(
    heard,
    [...heard].sort((one, other) => one - other),
  )
  for (const socket of sockets) assert.not(socket.isPaused())
})

test('a close reads all of them again; one that is gone is no burden', async () => {
  const refusals = createRefusals({ limit: 10, perS: 1, room: () => 0 })
  const [here, gone] = [newSocket(), newSocket()]
  for (const socket of [here, gone]) {
    const answer = new EventEmitter()
    refusals.add(socket.resume(), answer as ServerResponse)
    answer.emit('finish')
  }
  assert.is(refusals.waiting(), 2)
  gone.destroy()
  refusals.close()
  assert.is(refusals.waiting(), 0)
  assert.not(here.isPaused())
  const late = new EventEmitter()
  refusals.addAnswered(here, late as ServerResponse)
  late.emit('finish')
  assert.is(refusals.waiting(), 0, 'nor does anybody wait afterwards')
})

test('who was answered waits behind those who were refused, and with each such answer two are read again as far as there is room', () => {
  let room = 0
  const refusals = createRefusals({ limit: 10, perS: 1, room: () => room })
  const [refused, ...answered] = Array.from({ length: 4 }, () => newSocket().resume())
  const refusal = new EventEmitter()
  refusals.add(refused!, refusal as ServerResponse)
  refusal.emit('finish')
  const answer = (n: number) => {
    const finished = new EventEmitter()
    refusals.addAnswered(answered[n]!, finished as ServerResponse)
    finished.emit('finish')
  }
  const paused = () => [refused!, ...answered].map((socket) => socket.isPaused())
  answer(0)
  answer(1)
  assert.equal(paused(), [true, true, true, false], 'without room nobody is read')
  room = 1_000
  answer(2)
  assert.equal(paused(), [false, false, true, true])
  assert.is(refusals.waiting(), 2)
  refusals.close()
})

test('a refused connection is not read in the turn of its refusal either, though Node reads on after each answer', async () => {
  const refusals = createRefusals({ limit: 10, perS: 1, room: () => 0 })
  let refused = 0
  const server = createServer((request, response) => {
    if (request.method === 'POST') {
      refused += 1
      // Two on one connection, as of requests in one piece.
      refusals.add(request.socket, response)
      refusals.add(request.socket, response)
    }
    response.end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const [impatient, other] = [new Client(url), new Client(url)]
  let isOver = false
  const askAgain = async () => {
    while (!isOver) await (await impatient.request({ method: 'POST', path: '/', body: '{}' })).body.dump()
  }
  const asking = askAgain()
  try {
    for (let n = 0; n < 200; n += 1) await (await other.request({ method: 'GET', path: '/' })).body.dump()
    assert.ok(refused < 50, `${refused} were read while another connection had 200 answers`)
    const before = refused
    await until('it has its turn again', () => refused > before)
  } finally {
    isOver = true
    refusals.close()
    await asking
    await Promise.all([impatient.close(), other.close()])
    server.close()
  }
})

test.run()
