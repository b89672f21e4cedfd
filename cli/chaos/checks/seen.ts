import { type Account, answersOf, type Books, type Told } from './books.ts'
import type { Fault } from './evidence.ts'
import { afterAnswer, sayTold } from './stored.ts'

/** What a claim can be stored as after it was seen in a state. */
const afterSeen: Readonly<Record<string, readonly string[]>> = {
  held: ['held', 'confirmed', 'expired', 'released'],
  confirmed: ['confirmed', 'released'],
  expired: ['held', 'expired', 'released'],
  released: ['released'],
}

/** A look shows what was told before it was sent, or what came after that; and what it shows has not been undone since. */
export function* seenOtherwise({ accounts }: Books): Generator<Fault> {
  for (const account of accounts.values()) {
    for (const look of answersOf(account.asked)) {
      if (look.answer.told !== 'seen' || look.operation.claimId === null) continue
      const why = contradiction(look, account)
      if (why === null) continue
      const seen = `${sayTold(look)} as ${look.answer.state}`
      yield { sentence: `${seen}, but ${why}.`, operation: look.operation }
    }
  }
}

function contradiction({ operation, answer, sentMs }: Told, { asked, stored }: Account): string | null {
  const { claimId } = operation
  const state = answer.state ?? ''
  const before = [...answersOf(asked)].find(
    (told) =>
      told.operation.claimId === claimId &&
      told.endedMs < sentMs &&
      afterAnswer[told.answer.told]?.includes(state) === false,
  )
  if (before !== undefined) return `before that ${sayTold(before)}`
  const claim = stored.find(({ id }) => id === claimId)
  // That it is not there is another check's.
  if (claim === undefined || afterSeen[state]?.includes(claim.state) === true) return null
  return `it is stored as ${claim.state}`
}
