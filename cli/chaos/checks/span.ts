import type { Operation } from '../history.ts'
import { type Account, answersOf, firstSentMs, isOpen } from './books.ts'
import type { ClaimFact } from './evidence.ts'

/**
 * When a stored claim took its unit and gave it back, as far as its user can know: by the answers, not by the
 * database's clock. Certainly live from `toldMs` to `leftFromMs`; possibly from `takenFromMs` to `backByMs`.
 */
export interface Span {
  readonly claim: ClaimFact
  /** Not before: the first request that can have made it was sent then. */
  readonly takenFromMs: number
  /** It was there by then: the first answer that names it had come. */
  readonly toldMs: number
  /** It was live until then: the first release was sent, or the hold can first have run out. */
  readonly leftFromMs: number
  /** Its unit was back by then. */
  readonly backByMs: number
}

/** By how much the clocks of clients and database may differ over a hold. */
export const clockToleranceMs = 100

const never = Number.POSITIVE_INFINITY

export function spanOf(claim: ClaimFact, { asked }: Account): Span {
  const claiming = asked.filter(({ kind }) => kind === 'claim')
  const changing = asked.filter(({ claimId }) => claimId === claim.id)
  const winners = claiming.filter(({ attempts }) =>
    attempts.some(({ answer }) => answer?.told === 'claimed' && answer.claimId === claim.id),
  )
  const makers = claiming.filter((each) => winners.includes(each) || each.attempts.some(isOpen))
  const takenFromMs = makers.length > 0 ? least(makers.map(firstSentMs)) : 0
  const named = [...answersOf(claiming)].filter(({ answer }) => answer.claimId === claim.id)
  const toldMs = least(named.map(({ endedMs }) => endedMs))
  const hold = holdOf(claim, winners.length > 0 ? winners : claiming)
  const releases = changing.filter(({ kind }) => kind === 'release').map(firstSentMs)
  const ended = [...answersOf(changing)].filter(({ answer }) => gone.includes(answer.told))
  return {
    claim,
    takenFromMs,
    toldMs,
    leftFromMs: least([...releases, takenFromMs + hold.leastMs]),
    backByMs: least([...ended.map(({ endedMs }) => endedMs), toldMs + hold.mostMs]),
  }
}

/** Answers to a change after which the claim has no unit. */
const gone: readonly string[] = ['released', 'claim_released', 'claim_expired']

/** How long it is held by itself; without end for a claim that is or was confirmed. */
function holdOf({ isHold, state, events }: ClaimFact, makers: readonly Operation[]) {
  const isConfirmed = !isHold || state === 'confirmed' || events.includes('confirmed')
  const lengths = makers.flatMap(({ holdSeconds }) => (holdSeconds === null ? [] : [holdSeconds * 1000]))
  if (isConfirmed || lengths.length === 0) return { leastMs: never, mostMs: never }
  return { leastMs: least(lengths) - clockToleranceMs, mostMs: Math.max(...lengths) + clockToleranceMs }
}

export function least(values: readonly number[]): number {
  return Math.min(never, ...values)
}
