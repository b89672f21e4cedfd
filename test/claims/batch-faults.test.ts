/** What the claims of a batch are told when sending them fails. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createBatchStrategy, type SendClaims } from '../../server/claims/batch.ts'
import { type ClaimRequest, told } from '../../server/claims/claim.ts'

const test = suite('claims: faults of a batch')

const lost = () => Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })

function requestFor(couponName: string): ClaimRequest {
  const deadlineMs = performance.now() + 2_000
  return { couponName, username: 'ada', claimKey: couponName, deadlineMs }
}

test('after a lost answer, a fault that nobody foresaw at one coupon takes nothing from the others', async () => {
  const sent: string[] = []
  const send: SendClaims = async (requests, isRetry) => {
    const names = requests.map(({ couponName }) => couponName).join(' ')
    sent.push(names)
    if (!isRetry) throw lost()
    if (names === 'B') throw new Error('nobody foresaw it')
    return requests.map(() => told('sold_out'))
  }
  const strategy = createBatchStrategy({ send, batchSizeMax: 10, queueSizeMax: 10, concurrencyMax: 4 })
  const answers = await Promise.allSettled(['A', 'B', 'C'].map((name) => strategy.claim(requestFor(name))))
  await strategy.close()
  assert.equal(sent, ['A B C', 'A', 'B', 'C'])
  assert.equal(
    answers.map((answer) => (answer.status === 'fulfilled' ? answer.value.outcome : answer.reason.message)),
    ['sold_out', 'nobody foresaw it', 'sold_out'],
  )
})

test.run()
