/** The primary's sum over its workers, with workers that are none. */
import type { Worker } from 'node:cluster'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  createWorkerFigures,
  type FiguresMessage,
  sumOfCounters,
  type WorkerFigures,
} from '../../cli/commands/worker-figures.ts'

const test = suite('cli: figures of workers')

const figuresOf = (claims: number): WorkerFigures => [
  { name: 'claims', type: 'counter', values: [{ value: claims, labels: { outcome: 'claimed' } }] },
  {
    name: 'times',
    type: 'histogram',
    values: [{ value: claims, labels: { le: 1 }, metricName: 'times_bucket' }],
  },
  { name: 'queue', type: 'gauge', values: [{ value: 7, labels: {} }] },
]

type Gathered = Extract<FiguresMessage, { type: 'gathered' }>

/** Workers that answer when the test tells them to, with what they have counted. */
function createBench(count: number) {
  const told: Gathered[] = []
  let onTold = () => {}
  const workers = Array.from({ length: count }, (_, n) => {
    const member = {
      claims: n + 1,
      isSilent: false,
      isConnected: () => true,
      send: (message: FiguresMessage) => {
        if (message.type === 'gathered') {
          told.push(message)
          onTold()
        }
        if (message.type !== 'count' || member.isSilent) return true
        const figures = figuresOf(member.claims)
        queueMicrotask(() => hear(member, { type: 'counted', id: message.id, figures }))
        return true
      },
    }
    return member
  })
  const alive = new Set(workers)
  const figures = createWorkerFigures(() => [...alive] as unknown as Worker[])
  const hear = (member: (typeof workers)[number], message: FiguresMessage) =>
    figures.hear(member as unknown as Worker, message)
  const gather = async (): Promise<Gathered & { claimed: number }> => {
    const answer = new Promise<void>((resolve) => {
      onTold = resolve
    })
    hear(workers[0]!, { type: 'gather', id: told.length })
    await answer
    const gathered = told.at(-1)!
    const claimed = sumOfCounters(gathered.figures)[0]!.values[0]!.value
    return { ...gathered, claimed }
  }
  const leave = (member: (typeof workers)[number]) => {
    alive.delete(member)
    figures.leave(member as unknown as Worker)
  }
  return { workers, hear, gather, leave }
}

test('counters and histograms are added up by name and labels, gauges left out', () => {
  assert.equal(sumOfCounters([figuresOf(1), figuresOf(2), []]), figuresOf(3).slice(0, 2))
})

test('a worker asks for all and is told all', async () => {
  const { gather } = createBench(3)
  const { asked, answered, claimed, id } = await gather()
  assert.equal([asked, answered, claimed, id], [3, 3, 6, 0])
})

test('what a worker has told at its end, or before it was killed, stays counted', async () => {
  const { workers, hear, gather, leave } = createBench(3)
  const [, second, third] = workers
  await gather()
  leave(second!)
  hear(third!, { type: 'counted', id: 0, figures: figuresOf(10) })
  leave(third!)
  const { asked, answered, claimed } = await gather()
  assert.equal([asked, answered, claimed], [1, 1, 1 + 2 + 10])
})

test('one that does not answer is left out after a second, its counters as it told them last', async () => {
  const { workers, gather } = createBench(2)
  await gather()
  workers[0]!.claims = 5
  workers[1]!.claims = 6
  workers[1]!.isSilent = true
  const { asked, answered, claimed, figures } = await gather()
  assert.equal([asked, answered, claimed], [2, 1, 5 + 2])
  assert.is(figures.flat().filter(({ name }) => name === 'queue').length, 1, 'its gauges are not told')
})

test.run()
