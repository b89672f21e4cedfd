import type { Operation } from '../history.ts'
import { answersOf, type Books, firstSentMs, grouped, type Told } from './books.ts'
import { atS, type Fault } from './evidence.ts'
import { sayTold } from './stored.ts'

/** One Idempotency-Key and one payload have one answer; another payload with that key is refused. */
export function* otherAnswers({ keys }: Books): Generator<Fault> {
  for (const operations of keys.values()) {
    const byPayload = grouped(operations, payloadOf)
    for (const same of byPayload.values()) yield* disagreements(same)
    yield* misjudgedReuse([...byPayload.values()])
  }
}

function payloadOf({ coupon, holdSeconds }: Operation): string {
  return `${coupon} ${holdSeconds}`
}

const isDecided = ({ operation, attempt }: Told) => operation.final === attempt

/** The final answers to one key and payload, in the order in which they came. */
function* disagreements(operations: readonly Operation[]): Generator<Fault> {
  const told = [...answersOf(operations)].filter(isDecided).sort((one, other) => one.endedMs - other.endedMs)
  const [first] = told
  if (first === undefined) return
  for (const again of told.slice(1)) {
    const { operation } = again
    if (contentOf(again) !== contentOf(first)) {
      const before = `with the same key ${sayTold(first)}`
      yield {
        sentence: `${sayTold(again)}, but ${before}: ${contentOf(first)}, now ${contentOf(again)}.`,
        operation,
      }
    } else if (
      again.sentMs > first.endedMs &&
      again.answer.told !== 'key_reused' &&
      !again.answer.isReplayed
    ) {
      const before = `the same was told to this key at ${atS(first.endedMs)}`
      yield { sentence: `${sayTold(again)} as if for the first time, but ${before}.`, operation }
    }
  }
}

function contentOf({ answer }: Told): string {
  const { told, claimId, state, heldUntil } = answer
  return [told, claimId, state, heldUntil].filter((each) => each !== null).join(' ')
}

/** Of the payloads of one key only the first is decided; and nobody is refused for a payload that did not come before. */
function* misjudgedReuse(payloads: readonly (readonly Operation[])[]): Generator<Fault> {
  const decided = payloads.map((operations) =>
    [...answersOf(operations)].find((told) => isDecided(told) && told.answer.told !== 'key_reused'),
  )
  const answered = decided.filter((told) => told !== undefined)
  const [one, other] = answered
  if (one !== undefined && other !== undefined)
    yield {
      sentence: `${sayTold(other)}, although the key belonged to another payload: ${sayTold(one)}.`,
      operation: other.operation,
    }
  for (const operations of payloads) {
    const others = payloads.filter((each) => each !== operations).flat()
    const otherSentMs = Math.min(Number.POSITIVE_INFINITY, ...others.map(firstSentMs))
    for (const told of answersOf(operations)) {
      if (told.answer.told !== 'key_reused' || otherSentMs <= told.endedMs) continue
      yield {
        sentence: `${sayTold(told)}, but the key had not been used for anything else.`,
        operation: told.operation,
      }
    }
  }
}
