import type { Operation } from '../history.ts'
import { type Account, answersOf, type Books, isOpen, type Told } from './books.ts'
import { atS, type ClaimFact, type Fault } from './evidence.ts'
import { clockToleranceMs, spanOf } from './span.ts'

/** Every success that was told has its row. */
export function* notStored(books: Books): Generator<Fault> {
  for (const told of answersOf(books.history.operations)) {
    const { operation, answer } = told
    const isOfCoupon = operation.kind === 'look' && operation.claimId === null
    if (answer.status !== 200 || isOfCoupon) continue
    const id = operation.kind === 'claim' ? answer.claimId : operation.claimId
    const claim = id === null ? undefined : books.claims.get(id)
    const why = claim === undefined ? 'no such claim is stored' : differenceOf(claim, told)
    if (why !== null) yield { sentence: `${sayTold(told)}, but ${why}.`, operation }
  }
}

function differenceOf(claim: ClaimFact, { operation, answer }: Told): string | null {
  if (claim.user !== operation.user || claim.coupon !== operation.coupon)
    return `claim ${claim.id} is ${claim.user}'s for ${claim.coupon}`
  if (operation.kind !== 'claim') return null
  const wanted = operation.holdSeconds === null ? 'confirmed' : 'held'
  if (answer.state !== wanted) return `it asked for a claim that is ${wanted}, not ${answer.state}`
  if (claim.isHold !== (wanted === 'held'))
    return `what is stored is ${claim.isHold ? 'a hold' : 'not a hold'}`
  return null
}

/** The state that is stored is the one that was told last, or a later one that somebody asked for. */
export function* otherState({ claims, accounts }: Books): Generator<Fault> {
  for (const account of accounts.values()) {
    for (const claim of account.stored) {
      const changing = account.asked.filter(({ claimId }) => claimId === claim.id)
      const why = unexplained(claim, changing)
      if (why !== null) yield { sentence: sayClaim(claim, why), operation: changing[0] ?? null }
    }
    for (const told of answersOf(account.asked)) {
      const claim = claims.get(told.operation.claimId ?? '')
      const allowed = afterAnswer[told.answer.told]
      if (claim === undefined || allowed === undefined || allowed.includes(claim.state)) continue
      yield { sentence: `${sayTold(told)}, but it is stored as ${claim.state}.`, operation: told.operation }
    }
  }
}

/**
 * What a claim can be stored as after a change was answered; a hold that has run out may still be released before it is
 * swept.
 */
export const afterAnswer: Readonly<Record<string, readonly string[]>> = {
  released: ['released'],
  claim_released: ['released'],
  confirmed: ['confirmed', 'released'],
  claim_expired: ['held', 'expired', 'released'],
}

/** A claim takes no state by itself but that of a hold that has run out. */
function unexplained({ state, isHold, events }: ClaimFact, changing: readonly Operation[]): string | null {
  const wasSent = (kind: Operation['kind']) =>
    changing.some((each) => each.kind === kind && each.attempts.some(({ sentMs }) => sentMs !== null))
  if ((state === 'released' || events.includes('released')) && !wasSent('release'))
    return 'is released, and nobody asked for that'
  if (isHold && (state === 'confirmed' || events.includes('confirmed')) && !wasSent('confirm'))
    return 'was held and is confirmed, and nobody asked for that'
  if (!isHold && (state === 'expired' || state === 'held')) return `is ${state}, and was no hold`
  if (events.includes('released') && state !== 'released') return `was released and is ${state}`
  if (events.includes('confirmed') && (state === 'held' || state === 'expired'))
    return `was confirmed and is ${state}`
  return null
}

/**
 * Every stored claim was told to its user as won, or an attempt of theirs was left open. An attempt without a key has one
 * claim at most; a key has one for all of its attempts, and none once it has heard its final answer.
 */
export function* unasked(books: Books): Generator<Fault> {
  for (const account of books.accounts.values()) {
    const won = new Set(
      [...answersOf(account.asked)]
        .filter(({ answer }) => answer.told === 'claimed')
        .map(({ answer }) => answer.claimId),
    )
    const untold = account.stored.filter(({ id }) => !won.has(id))
    const excess = untold.length - openClaimsOf(account)
    if (excess <= 0) continue
    const ids = untold.map(({ id }) => id).join(', ')
    const what = `claim ${ids} of ${account.coupon} stored for ${account.user}`
    yield {
      sentence: `There is ${what}, who was never told it was won, and no more than ${untold.length - excess} can have been left open.`,
      operation: account.asked[0] ?? null,
    }
  }
}

function openClaimsOf({ asked }: Account): number {
  const claiming = asked.filter(({ kind }) => kind === 'claim')
  const open = claiming
    .filter(({ key }) => key === null)
    .flatMap(({ attempts }) => attempts)
    .filter(isOpen)
  const keys = new Set(claiming.flatMap(({ key }) => (key === null ? [] : [key])))
  for (const { key, final } of claiming)
    if (key !== null && final !== null && final.answer?.told !== 'key_reused') keys.delete(key)
  const openKeys = claiming.filter(
    ({ key, attempts }) => key !== null && keys.has(key) && attempts.some(isOpen),
  )
  return open.length + new Set(openKeys.map(({ key }) => key)).size
}

/** A hold lasts as long as was promised, and no longer. */
export function* badHolds({ history, claims, accountOf }: Books): Generator<Fault> {
  for (const operation of history.operations) {
    if (operation.kind !== 'confirm') continue
    const claim = claims.get(operation.claimId ?? '')
    if (claim === undefined || !claim.isHold) continue
    const { asked } = accountOf(claim)
    const { takenFromMs, toldMs } = spanOf(claim, accountOf(claim))
    const maker = asked.find(
      ({ final }) => final?.answer?.told === 'claimed' && final.answer.claimId === claim.id,
    )
    const holdMs = (maker?.holdSeconds ?? Number.NaN) * 1000
    const firstConfirmMs = Math.min(
      ...asked
        .filter(({ kind, claimId }) => kind === 'confirm' && claimId === claim.id)
        .flatMap(({ attempts }) => attempts.map(({ sentMs }) => sentMs ?? Number.POSITIVE_INFINITY)),
    )
    for (const told of answersOf([operation])) {
      const isLate = firstConfirmMs > toldMs + holdMs + clockToleranceMs
      const isEarly = told.endedMs < takenFromMs + holdMs - clockToleranceMs
      const length = `its hold of ${holdMs / 1000} s`
      if (told.answer.told === 'confirmed' && isLate)
        yield {
          sentence: `${sayTold(told)}, but ${length} had run out when that was first asked.`,
          operation,
        }
      if (told.answer.told === 'claim_expired' && isEarly)
        yield { sentence: `${sayTold(told)}, but ${length} cannot have run out by then.`, operation }
    }
  }
}

/** `user_7 was told "claimed" (claim 12 of CHAOS_HOT_1) by server 1 at 12.345 s`. */
export function sayTold({ operation, attempt, answer, endedMs }: Told): string {
  const id = answer.claimId ?? operation.claimId
  const what = id === null ? operation.coupon : `claim ${id} of ${operation.coupon}`
  return `${operation.user} was told "${answer.told}" (${what}) by ${attempt.server} at ${atS(endedMs)}`
}

function sayClaim({ id, user, coupon }: ClaimFact, why: string): string {
  return `Claim ${id} of ${user} for ${coupon} ${why}.`
}
