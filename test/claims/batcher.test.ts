import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createBatcher } from '../../server/claims/batcher.ts'
import type { BatcherOptions } from '../../server/claims/batching.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { withRandom } from '../support/random.ts'

const test = suite('claims: batcher')

const results = {
  overflow: 'overflow',
  expiredUnsent: 'expiredUnsent',
  expiredSent: 'expiredSent',
  abandoned: 'abandoned',
}

interface Flush {
  readonly key: string
  readonly items: readonly string[]
  readonly deadlineMs: number
  answer(answers?: readonly string[]): Promise<void>
  fail(error: Error): Promise<void>
}

/** A batcher whose flushes wait until the test answers them, by default each item with `item!`. */
function createBench(limits: Partial<BatcherOptions<string, string>> = {}) {
  const clock = createFakeClock()
  const flushes: Flush[] = []
  const batcher = createBatcher<string, string>({
    flush: (keys, items, deadlineMs) =>
      new Promise((resolve, reject) => {
        flushes.push({
          key: keys.join('+'),
          items,
          deadlineMs,
          answer: async (answers = items.map((item) => `${item}!`)) => {
            resolve(answers)
            await clock.endTurn()
          },
          fail: async (error) => {
            reject(error)
            await clock.endTurn()
          },
        })
      }),
    batchSizeMax: 100,
    queueSizeMax: 100,
    concurrencyMax: 4,
    results,
    clock,
    ...limits,
  })
  /** Submits each item with a deadline in 1000 ms; `told` fills as the answers come. */
  const told: Record<string, string> = {}
  const submit = (key: string, items: string, options: { ms?: number; isAbandoned?: () => boolean } = {}) => {
    for (const item of items.split(' ')) {
      const { ms = 1000, isAbandoned } = options
      batcher.submit(key, item, { deadlineMs: clock.now() + ms, isAbandoned }).then(
        (result) => {
          told[item] = result
        },
        (error: Error) => {
          told[item] = `failed: ${error.message}`
        },
      )
    }
  }
  const sent = () => flushes.map(({ key, items }) => `${key}: ${items.join(' ')}`)
  return { clock, flushes, batcher, told, submit, sent }
}

test('idle: what comes in one turn of the event loop is one flush, at its end', async () => {
  const { clock, batcher, submit, sent, flushes, told } = createBench()
  submit('A', 'a b')
  submit('A', 'c')
  assert.equal(sent(), [])
  assert.is(batcher.stats().waiting, 3)
  await clock.endTurn()
  assert.equal(sent(), ['A: a b c'])
  assert.is(batcher.stats().waiting, 0)
  await flushes[0]!.answer()
  assert.equal(told, { a: 'a!', b: 'b!', c: 'c!' })
})

test('one flush in flight for a key: what comes gathers behind it and is sent when it returns', async () => {
  const { clock, submit, sent, flushes, told } = createBench()
  submit('A', 'a')
  await clock.endTurn()
  submit('A', 'b')
  await clock.endTurn()
  submit('A', 'c d')
  await clock.endTurn()
  assert.equal(sent(), ['A: a'])
  await flushes[0]!.answer()
  assert.equal(sent(), ['A: a', 'A: b c d'])
  assert.equal(told, { a: 'a!' })
  await flushes[1]!.answer()
  assert.equal(told, { a: 'a!', b: 'b!', c: 'c!', d: 'd!' })
})

test('after an idle time the next one is sent at once again', async () => {
  const { clock, submit, sent, flushes } = createBench()
  submit('A', 'a')
  await clock.endTurn()
  await flushes[0]!.answer()
  submit('A', 'b')
  await clock.endTurn()
  assert.equal(sent(), ['A: a', 'A: b'])
})

test('a flush holds at most batchSizeMax, in the order of the calls', async () => {
  const { clock, submit, sent, flushes } = createBench({ batchSizeMax: 2 })
  submit('A', 'a b c d e')
  await clock.endTurn()
  assert.equal(sent(), ['A: a b'])
  await flushes[0]!.answer()
  await flushes[1]!.answer()
  assert.equal(sent(), ['A: a b', 'A: c d', 'A: e'])
})

test('keys do not wait for each other', async () => {
  const { clock, submit, sent, flushes, told } = createBench()
  submit('A', 'a')
  submit('B', 'b')
  await clock.endTurn()
  assert.equal(sent(), ['A: a', 'B: b'])
  await flushes[1]!.answer()
  assert.equal(told, { b: 'b!' })
})

test('at most concurrencyMax flushes at once, keys in turn: a busy key starves no other', async () => {
  const { clock, submit, sent, flushes } = createBench({ concurrencyMax: 1, batchSizeMax: 2 })
  submit('A', 'a b c d e f')
  submit('B', 'x')
  submit('C', 'y')
  await clock.endTurn()
  assert.equal(sent(), ['A: a b'])
  for (let turn = 0; turn < 4; turn += 1) await flushes[turn]!.answer()
  assert.equal(sent(), ['A: a b', 'B: x', 'C: y', 'A: c d', 'A: e f'])
})

test('a full queue answers overflow, over all keys; what was sent takes no place in it', async () => {
  const { clock, batcher, submit, told } = createBench({ queueSizeMax: 2 })
  submit('A', 'a b')
  submit('B', 'c')
  assert.is(batcher.stats().waiting, 2)
  await clock.endTurn()
  assert.equal(told, { c: 'overflow' })
  assert.is(batcher.stats().waiting, 0)
  submit('A', 'd e f')
  await clock.endTurn()
  assert.equal(told, { c: 'overflow', f: 'overflow' })
})

test('a waiter past its deadline was never sent', async () => {
  const { clock, batcher, submit, sent, flushes, told } = createBench()
  submit('A', 'a', { ms: 9000 })
  await clock.endTurn()
  submit('A', 'b', { ms: 50 })
  submit('A', 'c', { ms: 9000 })
  await clock.advance(9000 - 1)
  await flushes[0]!.answer()
  assert.equal(told, { a: 'a!', b: 'expiredUnsent' })
  assert.equal(sent(), ['A: a', 'A: c'])
  assert.is(batcher.stats().waiting, 0)
})

test('a waiter that expires is told in time, by the clock alone', async () => {
  const { clock, batcher, submit, told } = createBench({ concurrencyMax: 1 })
  submit('A', 'a', { ms: 100 })
  await clock.endTurn()
  submit('A', 'b', { ms: 150 })
  await clock.advance(99)
  assert.equal(told, {})
  await clock.advance(2)
  assert.equal(told, { a: 'expiredSent' })
  await clock.advance(51)
  assert.equal(told, { a: 'expiredSent', b: 'expiredUnsent' })
  assert.is(batcher.stats().waiting, 0)
  assert.is(clock.timers(), 0, 'no timer is left')
})

test('an expired one that was sent is told once; its flush’s late answer changes nothing', async () => {
  const { clock, submit, sent, flushes, told } = createBench()
  submit('A', 'a', { ms: 100 })
  await clock.endTurn()
  await clock.advance(200)
  submit('A', 'b')
  await clock.endTurn()
  assert.equal(sent(), ['A: a'], 'the lane is still taken')
  await flushes[0]!.answer()
  assert.equal(told, { a: 'expiredSent' })
  assert.equal(sent(), ['A: a', 'A: b'])
})

test('a deadline that has passed when it is submitted: never sent', async () => {
  const { clock, submit, sent, told } = createBench()
  submit('A', 'a', { ms: -1 })
  await clock.endTurn()
  await clock.advance(10)
  assert.equal(told, { a: 'expiredUnsent' })
  assert.equal(sent(), [])
})

test('a flush is told the latest deadline of its items', async () => {
  const { clock, submit, flushes } = createBench()
  submit('A', 'a', { ms: 700 })
  submit('A', 'b', { ms: 900 })
  submit('A', 'c', { ms: 800 })
  await clock.endTurn()
  assert.is(flushes[0]!.deadlineMs, clock.now() + 900)
})

test('who has gone before the flush is dropped from it; who goes later is not', async () => {
  const { clock, submit, sent, flushes, told } = createBench()
  let isGone = false
  submit('A', 'a')
  await clock.endTurn()
  submit('A', 'b', { isAbandoned: () => isGone })
  submit('A', 'c')
  isGone = true
  await flushes[0]!.answer()
  assert.equal(sent(), ['A: a', 'A: c'])
  assert.equal(told, { a: 'a!', b: 'abandoned' })
  isGone = false
  submit('B', 'd', { isAbandoned: () => isGone })
  await clock.endTurn()
  isGone = true
  await flushes[2]!.answer()
  assert.is(told.d, 'd!')
})

test('a batch of which everybody has gone is not sent, and the lane goes on', async () => {
  const { clock, batcher, submit, sent, told } = createBench()
  submit('A', 'a b', { isAbandoned: () => true })
  await clock.endTurn()
  assert.equal(sent(), [])
  assert.equal(told, { a: 'abandoned', b: 'abandoned' })
  assert.is(batcher.stats().waiting, 0)
  submit('A', 'c')
  await clock.endTurn()
  assert.equal(sent(), ['A: c'])
})

test('the gone ones take no place in a batch', async () => {
  const { clock, submit, sent } = createBench({ batchSizeMax: 2 })
  submit('A', 'a b c', { isAbandoned: () => true })
  submit('A', 'd e')
  await clock.endTurn()
  assert.equal(sent(), ['A: d e'])
})

test('a flush that fails fails each of its waiters and no other, and the lane goes on', async () => {
  const { clock, submit, sent, flushes, told } = createBench()
  submit('A', 'a b')
  await clock.endTurn()
  submit('A', 'c')
  submit('B', 'x')
  await clock.endTurn()
  await flushes[0]!.fail(new Error('boom'))
  assert.equal(told, { a: 'failed: boom', b: 'failed: boom' })
  assert.equal(sent(), ['A: a b', 'B: x', 'A: c'])
})

test('a flush that throws before it returns a promise fails its waiters too', async () => {
  const { clock, submit, told } = createBench({
    flush: () => {
      throw new Error('at once')
    },
  })
  submit('A', 'a')
  await clock.endTurn()
  assert.equal(told, { a: 'failed: at once' })
})

test('an answer of another length fails them all and names the contract', async () => {
  for (const answers of [['one'], ['one', 'two', 'three']]) {
    const { clock, submit, flushes, told } = createBench()
    submit('A', 'a b')
    await clock.endTurn()
    await flushes[0]!.answer(answers)
    assert.match(told.a!, /^failed: .*one result an item/)
    assert.is(told.b, told.a)
  }
})

test('close answers everything accepted, then resolves; later ones are told overflow', async () => {
  const { clock, batcher, submit, flushes, told, sent } = createBench({ batchSizeMax: 1 })
  submit('A', 'a b')
  let isClosed = false
  const closing = batcher.close().then(() => {
    isClosed = true
  })
  submit('A', 'c')
  await clock.endTurn()
  assert.equal(told, { c: 'overflow' })
  await flushes[0]!.answer()
  assert.not.ok(isClosed)
  await flushes[1]!.answer()
  await closing
  assert.equal(told, { a: 'a!', b: 'b!', c: 'overflow' })
  assert.equal(sent(), ['A: a', 'A: b'])
  assert.is(clock.timers(), 0, 'no timer is left')
})

test('close of an idle batcher resolves, again and again', async () => {
  const { batcher } = createBench()
  await batcher.close()
  await batcher.close()
})

test('close does not wait for ever: the deadlines of what hangs end it', async () => {
  const { clock, batcher, submit, told } = createBench()
  submit('A', 'a')
  await clock.endTurn()
  submit('A', 'b')
  const closing = batcher.close()
  await clock.advance(1001)
  await closing
  assert.equal(told, { a: 'expiredSent', b: 'expiredUnsent' })
})

test('a random run: each is answered once, in its order, within every limit', () =>
  withRandom(async (random) => {
    const limits = {
      batchSizeMax: 1 + random.next(5),
      queueSizeMax: 5 + random.next(30),
      concurrencyMax: 1 + random.next(3),
    }
    const { clock, batcher, submit, flushes, told } = createBench(limits)
    let submitted = 0
    const open = new Set<Flush>()
    let seen = 0
    for (let step = 0; step < 2000; step += 1) {
      const what = random.next(6)
      if (what < 3) {
        const isGone = random.next(10) === 0
        submit('ABCD'[random.next(4)]!, String(submitted), { ms: 100, isAbandoned: () => isGone })
        submitted += 1
      } else if (what === 3) await clock.advance(random.next(30))
      else if (what === 4) await clock.endTurn()
      else {
        const chosen = [...open][random.next(open.size + 1)]
        if (chosen !== undefined) {
          open.delete(chosen)
          await (random.next(8) === 0 ? chosen.fail(new Error('boom')) : chosen.answer())
        }
      }
      for (; seen < flushes.length; seen += 1) open.add(flushes[seen]!)
      const keys = [...open].map(({ key }) => key)
      assert.is(new Set(keys).size, keys.length, 'one flush in flight for a key')
      assert.ok(open.size <= limits.concurrencyMax && batcher.stats().waiting <= limits.queueSizeMax)
    }
    const closing = batcher.close()
    await clock.advance(1000)
    await closing
    await clock.endTurn()
    assert.is(Object.keys(told).length, submitted, 'everybody was answered')
    for (const { items } of flushes) assert.ok(items.length >= 1 && items.length <= limits.batchSizeMax)
    const order = (key: string) =>
      flushes.filter((f) => f.key === key).flatMap(({ items }) => items.map(Number))
    for (const key of 'ABCD') {
      assert.equal(
        order(key),
        [...new Set(order(key))].sort((a, b) => a - b),
        `order of ${key}, none twice`,
      )
    }
    for (const { items } of flushes) {
      for (const item of items)
        assert.ok([`${item}!`, 'expiredSent', 'failed: boom'].includes(told[item]!), told[item])
    }
  }))

test('observed: each flush tells its size and how long its oldest has waited; stats tell what is under way', async () => {
  const seen: [batchSize: number, waitedMs: number][] = []
  const { clock, batcher, submit, flushes } = createBench({
    batchSizeMax: 2,
    observe: (...each) => seen.push(each),
  })
  submit('A', 'a')
  await clock.endTurn()
  submit('A', 'b')
  await clock.advance(5)
  submit('A', 'c d')
  await clock.advance(7)
  assert.equal(batcher.stats(), { waiting: 3, lanes: 1, inFlight: 1 })
  await flushes[0]!.answer()
  await flushes[1]!.answer()
  assert.equal(seen, [
    [1, 0],
    [2, 12],
    [1, 7],
  ])
  await flushes[2]!.answer()
  assert.equal(batcher.stats(), { waiting: 0, lanes: 0, inFlight: 0 })
})

test('a key is forgotten with the last of its entries that waits', async () => {
  const { batcher, clock, flushes, submit, told } = createBench({ concurrencyMax: 1 })
  submit('A', 'a')
  await clock.endTurn()
  submit('B', 'b', { ms: 100 })
  submit('C', 'c d', { ms: 100 })
  submit('C', 'e')
  assert.equal(batcher.stats(), { waiting: 4, lanes: 3, inFlight: 1 })
  await clock.advance(100)
  assert.equal(batcher.stats(), { waiting: 1, lanes: 2, inFlight: 1 })
  submit('B', 'f')
  await flushes[0]?.answer()
  await flushes[1]?.answer()
  await flushes[2]?.answer()
  assert.equal(
    [told.b, told.c, told.d, told.e, told.f],
    ['expiredUnsent', 'expiredUnsent', 'expiredUnsent', 'e!', 'f!'],
  )
  assert.is(batcher.stats().lanes, 0)
})

test.run()
