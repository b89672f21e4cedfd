/** Which batches are told of, at which level, and that nothing is worked out for a line that nobody wants. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type BatchFacts, createBatchLog, firstOf } from '../../server/claims/batch-log.ts'
import { systemClock } from '../../server/claims/batcher-clock.ts'
import { linesOf } from '../../server/log-lines.ts'
import { createLogReader } from '../support/log-reader.ts'

const test = suite('claims: the log of batches')

function open(level: string, slowMs = 100) {
  const reader = createLogReader(level)
  let nowMs = 0
  let asked = 0
  const clock = { ...systemClock, now: () => nowMs }
  const facts: BatchFacts<string> = {
    about: () => {
      asked += 1
      return { queue: 'claims', size: 3 }
    },
    outcomeOf: (result) => result,
  }
  const runBatch = createBatchLog({ log: linesOf(reader.log), slowMs, clock })
  const run = (tookMs: number, results: readonly string[] | Error) =>
    runBatch(facts, async (batch) => {
      batch.attempts += 1
      nowMs += tookMs
      if (results instanceof Error) throw results
      return results
    })
  return { run, lines: reader.lines, asked: () => asked }
}

test('at debug each batch has its line, with an id of its own, and counts of what was told', async () => {
  const { run, lines } = open('debug')
  assert.equal(await run(5, ['claimed', 'sold_out', 'claimed']), ['claimed', 'sold_out', 'claimed'])
  await run(7.0004, ['claimed'])
  const [first, second] = lines
  assert.equal(
    [first!.msg, first!.level, first!.size, first!.attempts, first!.duration_ms],
    ['batch', 20, 3, 1, 5],
  )
  assert.equal(first!.outcomes, { claimed: 2, sold_out: 1 })
  assert.is(second!.duration_ms, 7)
  assert.match(String(first!.batch_id), /^[\da-f]{8}-1$/)
  assert.is(second!.batch_id, String(first!.batch_id).replace(/1$/, '2'))
})

test('at info a batch has one only when it was slow, and nothing is asked for the others', async () => {
  const { run, lines, asked } = open('info')
  await run(99, ['claimed'])
  assert.equal([lines.length, asked()], [0, 0])
  await run(100, ['claimed'])
  assert.equal([lines.length, lines[0]!.msg, lines[0]!.level], [1, 'slow batch', 40])
})

test('one that fails is told with its error, and fails all the same', async () => {
  const { run, lines } = open('info')
  const failing = run(1, new Error('nobody foresaw it'))
  await failing.then(
    () => assert.unreachable(),
    (error: unknown) => assert.match(String(error), 'nobody foresaw it'),
  )
  assert.equal([lines[0]!.msg, lines[0]!.level], ['failed batch', 40])
  assert.is((lines[0]!.err as { message: string }).message, 'nobody foresaw it')
})

test('without a log a batch runs as it is', async () => {
  const facts: BatchFacts<string> = { about: () => assert.unreachable() as never, outcomeOf: String }
  assert.equal(await createBatchLog({})(facts, async () => ['a']), ['a'])
})

test('of many ids the first few are told', () => {
  assert.equal(firstOf(['a', undefined, 'b', 'c'], 2), ['a', 'b'])
  assert.is(firstOf(Array.from({ length: 1000 }, String)).length, 10)
})

test.run()
