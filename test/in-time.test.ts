/** What the routes ask for is waited for so long and no longer, also in parts. The whole, over HTTP: http/openapi-sweep.test.ts. */
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { AppError } from '../server/errors.ts'
import { inTime, type Ports } from '../server/in-time.ts'
import type { Sink, Viewer } from '../server/live/watch.ts'

const test = suite('what the routes ask for, in time')

/** Answers when it is let go on. */
function openGate() {
  const gate = new EventTarget()
  return { passed: once(gate, 'go'), letGoOn: () => gate.dispatchEvent(new Event('go')) }
}

/** Never answers. */
const silence = new Promise<never>(() => {})

/** Ports of which those that a test does not name are silent. */
function portsWith(named: { readonly [Room in keyof Ports]?: Partial<Ports[Room]> }, timeoutMs = 20): Ports {
  const room = (methods: object | undefined) =>
    new Proxy(methods ?? {}, { get: (own, name) => Reflect.get(own, name) ?? (() => silence) })
  const ports = {
    coupons: room(named.coupons ?? undefined),
    users: room(named.users ?? undefined),
    sessions: room(named.sessions ?? undefined),
    claimRecords: room(named.claimRecords ?? undefined),
    askEligibility: () => silence,
    live: room(named.live ?? undefined),
    readCurve: () => silence,
    registerDemoUsers: () => silence,
  } as unknown as Ports
  return inTime(ports, timeoutMs)
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => assert.unreachable(),
    (failure: unknown) => failure,
  )
  return error instanceof AppError ? error.code : String(error)
}

test('who asks is told that nothing was changed, who changes that it may have been', async () => {
  const { coupons, users, sessions, registerDemoUsers } = portsWith({})
  const reads = [coupons.find('SALE'), users.find('alice')]
  const writes = [
    coupons.remove('SALE'),
    coupons.edit('SALE', { amount: 1 }),
    sessions.logout('token'),
    registerDemoUsers!(),
  ]
  assert.equal(await Promise.all(reads.map(codeOf)), ['unreachable', 'unreachable'])
  assert.equal([...new Set(await Promise.all(writes.map(codeOf)))], ['outcome_unknown'])
})

test('what is answered or refused in time is handed on', async () => {
  const refusal = new AppError('coupon_exists', 'It is there.')
  const { coupons, users } = portsWith({
    coupons: { create: () => Promise.reject(refusal) },
    users: { find: async () => null },
  })
  assert.is(await users.find('alice'), null)
  assert.is(await codeOf(coupons.create({ name: 'SALE', amount: 1 })), 'coupon_exists')
})

test('a new audience is begun when the database answers, and then takes its time', async () => {
  const audience = { kind: 'everyone' } as const
  const timeoutMs = 20
  let begun = 0
  const edit = async () => {
    begun += 1
    await pause(2 * timeoutMs)
    return 'edited' as never
  }
  const silent = portsWith({ coupons: { edit } }, timeoutMs)
  assert.is(await codeOf(silent.coupons.edit('SALE', { audience })), 'unreachable')
  assert.is(begun, 0)
  const answering = portsWith({ coupons: { edit, find: async () => null } }, timeoutMs)
  assert.is(await answering.coupons.edit('SALE', { audience }), 'edited')
})

test('an export is waited for part by part, and ended when one is late', async () => {
  const slow = openGate()
  const end = openGate()
  async function* csv() {
    try {
      yield 'header\n'
      await slow.passed
      yield 'late\n'
      assert.unreachable()
    } finally {
      end.letGoOn()
    }
  }
  const got: string[] = []
  const reading = async () => {
    for await (const text of portsWith({ claimRecords: { csv } }).claimRecords.csv({})) got.push(text)
  }
  assert.is(await codeOf(reading()), 'unreachable')
  assert.equal(got, ['header\n'])
  slow.letGoOn()
  await end.passed
})

test('a stream is not opened for who was told that there is none', async () => {
  const slow = openGate()
  const end = openGate()
  let told: unknown
  const watch = async (_: Viewer, open: () => Sink) => {
    await slow.passed
    try {
      open()
    } catch (error) {
      told = error
    }
    end.letGoOn()
    return () => {}
  }
  const { live } = portsWith({ live: { watch } })
  assert.is(await codeOf(live.watch({} as Viewer, () => assert.unreachable() as never)), 'unreachable')
  slow.letGoOn()
  await end.passed
  assert.ok(told instanceof AppError)
})

test.run()
