import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createBatcher } from '../../server/claims/batcher.ts'
import { deferred, type FlushResult } from '../../server/claims/batching.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { withRandom } from '../support/random.ts'

const test = suite('claims: batcher, several keys in one flush')

interface Flush {
  readonly keys: readonly string[]
  readonly items: readonly string[]
  /** Every item with `item!`, but for those of the keys that are put off. */
  answer(...putOff: string[]): Promise<void>
}

/** Items are named by their key and a number: `A1`. */
function createBench({ batchSizeMax = 100, concurrencyMax = 4, sharedMax = 1 } = {}) {
  const clock = createFakeClock()
  const flushes: Flush[] = []
  const told: Record<string, string> = {}
  const batcher = createBatcher<string, string>({
    flush: (keys, items) =>
      new Promise<FlushResult<string>[]>((resolve) => {
        const answer = async (...putOff: string[]) => {
          resolve(items.map((item) => (putOff.includes(item[0]!) ? deferred : `${item}!`)))
          await clock.endTurn()
        }
        flushes.push({ keys, items, answer })
      }),
    batchSizeMax,
    queueSizeMax: 1000,
    concurrencyMax,
    sharedMax,
    results: { overflow: 'overflow', expiredUnsent: 'unsent', expiredSent: 'sent', abandoned: 'abandoned' },
    clock,
  })
  const submit = (items: string, ms = 1000) => {
    for (const item of items.split(' ')) {
      void batcher.submit(item[0]!, item, { deadlineMs: clock.now() + ms }).then((result) => {
        told[item] = result
      })
    }
  }
  const sent = () => flushes.map(({ keys, items }) => `${keys.join('+')}: ${items.join(' ')}`)
  return { clock, batcher, flushes, told, submit, sent }
}

test('what is ready at the same time goes together', async () => {
  const { clock, submit, sent, flushes, told } = createBench()
  submit('A1 B1 A2 C1')
  await clock.endTurn()
  assert.equal(sent(), ['A+B+C: A1 A2 B1 C1'])
  await flushes[0]!.answer()
  assert.equal(told, { A1: 'A1!', A2: 'A2!', B1: 'B1!', C1: 'C1!' })
})

test('while a shared one is under way, what comes for any key gathers behind it', async () => {
  const { clock, submit, sent, flushes } = createBench()
  submit('A1 B1')
  await clock.endTurn()
  submit('A2 C1')
  await clock.endTurn()
  submit('D1')
  await clock.endTurn()
  assert.equal(sent(), ['A+B: A1 B1'])
  await flushes[0]!.answer()
  assert.is(sent()[1], 'C+D+A: C1 D1 A2')
})

test('one key alone shares nothing, and the next one does not wait for it', async () => {
  const { clock, submit, sent } = createBench()
  submit('A1')
  await clock.endTurn()
  submit('B1')
  await clock.endTurn()
  assert.equal(sent(), ['A: A1', 'B: B1'])
})

test('a key that is put off goes alone, in its order, and holds up nobody', async () => {
  const { clock, submit, sent, flushes, told, batcher } = createBench()
  submit('A1 B1 A2')
  await clock.endTurn()
  submit('A3 B2 C1')
  await clock.endTurn()
  await flushes[0]!.answer('A')
  assert.equal(told, { B1: 'B1!' })
  assert.equal(sent().slice(1), ['A: A1 A2 A3', 'C+B: C1 B2'])
  await flushes[2]!.answer()
  submit('A4 B3 C2')
  await clock.endTurn()
  await flushes[3]!.answer()
  assert.is(sent()[3], 'B+C: B3 C2')
  assert.is(told.A1, undefined)
  await flushes[1]!.answer()
  assert.is(told.A3, 'A3!')
  assert.is(sent()[4], 'A: A4')
  assert.equal(batcher.stats(), { waiting: 0, lanes: 1, inFlight: 1 })
})

test('keys that wait elsewhere leave room for a shared flush', async () => {
  const { clock, submit, sent, flushes } = createBench({ concurrencyMax: 3 })
  submit('A1 B1 C1 D1 E1')
  await clock.endTurn()
  await flushes[0]!.answer('A', 'B', 'C')
  assert.equal(sent().slice(1), ['A: A1', 'B: B1'], 'two places of three')
  submit('F1 G1')
  await clock.endTurn()
  assert.is(sent()[3], 'F+G: F1 G1')
  await flushes[1]!.answer()
  assert.is(sent()[4], 'C: C1')
})

test('one that was put off and runs out of time was never stored', async () => {
  const { clock, submit, flushes, told, batcher } = createBench({ concurrencyMax: 2 })
  submit('A1 B1 C1', 100)
  await clock.endTurn()
  await flushes[0]!.answer('A', 'B')
  await clock.advance(101)
  assert.equal(told, { A1: 'sent', B1: 'unsent', C1: 'C1!' })
  const closing = batcher.close()
  await flushes[1]!.answer()
  await closing
  assert.is(clock.timers(), 0)
})

test('a batch is full before the round is over: the rest has the next one, each key in its turn', async () => {
  const { clock, submit, sent, flushes } = createBench({ batchSizeMax: 3 })
  submit('A1 A2 B1 B2 C1')
  await clock.endTurn()
  assert.equal(sent(), ['A+B: A1 A2 B1'])
  await flushes[0]!.answer()
  assert.is(sent()[1], 'C+B: C1 B2')
})

test('a random run: each is answered once, in its order, within every limit', () =>
  withRandom(async (random) => {
    const limits = {
      batchSizeMax: 1 + random.next(6),
      concurrencyMax: 2 + random.next(4),
      sharedMax: 1,
    }
    const { clock, batcher, submit, flushes, told } = createBench(limits)
    const numbers: Record<string, number> = {}
    const open = new Set<Flush>()
    const done: string[] = []
    let seen = 0
    let submitted = 0
    for (let step = 0; step < 3000; step += 1) {
      const what = random.next(5)
      if (what < 2) {
        const key = 'ABCDE'[random.next(5)]!
        numbers[key] = (numbers[key] ?? 0) + 1
        submit(`${key}${numbers[key]}`, 100_000)
        submitted += 1
      } else if (what === 2) await clock.endTurn()
      else {
        const chosen = [...open][random.next(open.size + 1)]
        if (chosen !== undefined) {
          open.delete(chosen)
          const putOff = chosen.keys.length > 1 ? chosen.keys.filter(() => random.next(4) === 0) : []
          done.push(...chosen.items.filter((item) => !putOff.includes(item[0]!)))
          await chosen.answer(...putOff)
        }
      }
      for (; seen < flushes.length; seen += 1) open.add(flushes[seen]!)
      const keys = [...open].flatMap((flush) => flush.keys)
      assert.is(new Set(keys).size, keys.length, 'one flush in flight for a key')
      assert.ok(open.size <= limits.concurrencyMax)
      assert.ok([...open].filter((flush) => flush.keys.length > 1).length <= limits.sharedMax)
    }
    const closing = batcher.close()
    // What waits for the end of this turn is sent then.
    await clock.endTurn()
    for (; seen < flushes.length; seen += 1) open.add(flushes[seen]!)
    for (; open.size > 0; ) {
      const [flush] = open
      open.delete(flush!)
      done.push(...flush!.items)
      await flush!.answer()
      for (; seen < flushes.length; seen += 1) open.add(flushes[seen]!)
    }
    await closing
    assert.is(done.length, submitted)
    assert.is(Object.keys(told).length, submitted)
    for (const key of 'ABCDE') {
      const order = done.filter((item) => item[0] === key).map((item) => Number(item.slice(1)))
      assert.equal(
        order,
        [...order.keys()].map((place) => place + 1),
        `order of ${key}`,
      )
    }
    for (const { items } of flushes) assert.ok(items.length >= 1 && items.length <= limits.batchSizeMax)
  }))

test.run()
