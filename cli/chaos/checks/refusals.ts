import { createHeldUnits } from '../../stress/proof/held.ts'
import { answersOf, type Books, firstSentMs, grouped, type Told } from './books.ts'
import type { Fault } from './evidence.ts'
import { clockToleranceMs, least, spanOf } from './span.ts'
import { sayTold } from './stored.ts'

/** From when on what is told can have been decided: with a key, since that was first sent, for the first answer is kept. */
function decidedFromMs({ keys }: Books, { operation, sentMs }: Told): number {
  const { user, key } = operation
  if (key === null) return sentMs
  return least((keys.get(`${user} ${key}`) ?? [operation]).map(firstSentMs))
}

const us = (ms: number) => Math.round(ms * 1000)

/**
 * "Sold out" while a unit was certainly left: at no moment since the claim was sent can all of them have been held. A unit
 * that came back counts as left a second later, which is what the service promises. So nothing is undersold either.
 */
export function* falselySoldOut(books: Books): Generator<Fault> {
  const spans = grouped(books.facts.claims, ({ coupon }) => coupon)
  const refused = grouped(
    [...answersOf(books.history.operations)].filter(({ answer }) => answer.told === 'sold_out'),
    ({ operation }) => operation.coupon,
  )
  for (const [coupon, refusals] of refused) {
    const amount = books.coupons.get(coupon)?.amount
    if (amount === undefined) continue
    const held = createHeldUnits(0)
    for (const claim of spans.get(coupon) ?? []) {
      const { takenFromMs, backByMs } = spanOf(claim, books.accountOf(claim))
      held.take(us(takenFromMs))
      if (Number.isFinite(backByMs)) held.giveBack(us(backByMs))
    }
    const { atMost } = held.close()
    for (const told of refusals) {
      const most = atMost({ sentUs: us(decidedFromMs(books, told)), endedUs: us(told.endedMs) })
      if (most >= amount) continue
      const left = `at most ${most} of ${amount} can have been taken`
      yield { sentence: `${sayTold(told)}, when ${left}.`, operation: told.operation }
    }
  }
}

/** "Already claimed" to somebody who cannot have had one. */
export function* falselyAlreadyClaimed(books: Books): Generator<Fault> {
  for (const told of answersOf(books.history.operations)) {
    if (told.answer.told !== 'already_claimed') continue
    const why = whyNot(books, told)
    if (why !== null) yield { sentence: `${sayTold(told)}, but ${why}.`, operation: told.operation }
  }
}

function whyNot(books: Books, told: Told): string | null {
  const { operation, answer, endedMs } = told
  if (answer.claimId === null) return 'the answer does not name the claim'
  const claim = books.claims.get(answer.claimId)
  if (claim === undefined) return 'no such claim is stored'
  if (claim.user !== operation.user || claim.coupon !== operation.coupon)
    return `claim ${claim.id} is ${claim.user}'s for ${claim.coupon}`
  const { takenFromMs, backByMs } = spanOf(claim, books.accountOf(claim))
  if (takenFromMs > endedMs) return 'that claim was only made later'
  if (backByMs + clockToleranceMs < decidedFromMs(books, told)) return 'that claim had been given back before'
  return null
}
