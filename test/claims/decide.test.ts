import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { decideTogether } from '../../server/claims/decide.ts'

const test = suite('claims: decided together')

const refused = () => Object.assign(new Error('invalid byte sequence'), { code: '22021' })
const lost = () => Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })
const down = () => Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })

/** Fails with what `fault` makes of the items and the number of the attempt; tells what was sent. */
async function decide(fault: (items: readonly string[], attempt: number) => Error | undefined) {
  const sent: string[] = []
  const decisions = await decideTogether<string, string>(['a', 'b', 'bad', 'c'], {
    deadlineMs: performance.now() + 100,
    undecided: (why) => why,
    run: async (items, isRetry) => {
      sent.push(`${items.join('')}${isRetry ? ' again' : ''}`)
      const error = fault(items, sent.length)
      if (error !== undefined) throw error
      return items.map((item) => `${item}!`)
    },
  })
  return { sent, decisions: decisions.map((one) => (one instanceof Error ? one.message : one)) }
}

test('the halves of a refused batch are sent as retries, until the one at fault is alone', async () => {
  const { sent, decisions } = await decide((items) => (items.includes('bad') ? refused() : undefined))
  assert.equal(sent, ['abbadc', 'ab again', 'badc again', 'bad again', 'c again'])
  assert.equal(decisions, ['a!', 'b!', 'invalid byte sequence', 'c!'])
})

test('what was lost before the refusal may be stored, for each half', async () => {
  const { decisions } = await decide((_items, attempt) => {
    if (attempt === 1) return lost()
    return attempt === 2 ? refused() : down()
  })
  assert.equal(decisions, ['unknown', 'unknown', 'unknown', 'unknown'])
})

test('a fault that nobody foresaw in one half takes nothing from what the other was told', async () => {
  const failingAt = (faulty: string) =>
    decide((items) => {
      if (items.includes('bad')) return refused()
      return items.join('') === faulty ? new Error('unforeseen') : undefined
    })
  const last = await failingAt('c')
  assert.equal(last.decisions, ['a!', 'b!', 'invalid byte sequence', 'unforeseen'])
  const first = await failingAt('ab')
  assert.equal(first.decisions, ['unforeseen', 'unforeseen', 'invalid byte sequence', 'c!'])
})

test.run()
