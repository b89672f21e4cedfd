import type { Attempt, Operation } from '../history.ts'
import type { ClaimFact, CouponFact, Evidence } from './evidence.ts'

/** The evidence, in the order in which the checks ask for it. */
export interface Books extends Evidence {
  readonly coupons: ReadonlyMap<string, CouponFact>
  readonly claims: ReadonlyMap<string, ClaimFact>
  /** What each user did about each coupon, and what is stored of it. */
  readonly accounts: ReadonlyMap<string, Account>
  /** Operations with one Idempotency-Key of one user, in the order in which they began. */
  readonly keys: ReadonlyMap<string, readonly Operation[]>
  accountOf(what: { readonly user: string; readonly coupon: string }): Account
}

export interface Account {
  readonly user: string
  readonly coupon: string
  readonly asked: Operation[]
  readonly stored: ClaimFact[]
}

export function openBooks(evidence: Evidence): Books {
  const { history, facts } = evidence
  const accounts = new Map<string, Account>()
  const accountOf = ({ user, coupon }: { readonly user: string; readonly coupon: string }) => {
    const name = `${user} ${coupon}`
    const account = accounts.get(name) ?? { user, coupon, asked: [], stored: [] }
    accounts.set(name, account)
    return account
  }
  for (const operation of history.operations) accountOf(operation).asked.push(operation)
  for (const claim of facts.claims) accountOf(claim).stored.push(claim)
  return {
    ...evidence,
    accounts,
    keys: grouped(
      history.operations.filter(({ key }) => key !== null),
      ({ user, key }) => `${user} ${key}`,
    ),
    accountOf,
    coupons: new Map(facts.coupons.map((coupon) => [coupon.name, coupon])),
    claims: new Map(facts.claims.map((claim) => [claim.id, claim])),
  }
}

/** An attempt with its operation and its answer. */
export interface Told {
  readonly operation: Operation
  readonly attempt: Attempt
  readonly answer: NonNullable<Attempt['answer']>
  readonly sentMs: number
  readonly endedMs: number
}

/** Every answer to these operations. */
export function* answersOf(operations: Iterable<Operation>): Generator<Told> {
  for (const operation of operations) {
    for (const attempt of operation.attempts) {
      const { answer, endedMs, sentMs, askedMs } = attempt
      if (answer === null || endedMs === null) continue
      yield { operation, attempt, answer, endedMs, sentMs: sentMs ?? askedMs }
    }
  }
}

/** Whether the service may have done what was asked, although nobody was told: no answer, or one that leaves it open. */
export function isOpen({ sentMs, answer }: Attempt): boolean {
  if (sentMs === null) return false
  if (answer === null) return true
  return answer.told === 'outcome_unknown' || (answer.status >= 500 && answer.told !== 'unavailable')
}

/** When an operation can first have had an effect; never, when nothing of it was sent. */
export function firstSentMs({ attempts }: Operation): number {
  return Math.min(...attempts.map(({ sentMs }) => sentMs ?? Number.POSITIVE_INFINITY))
}

/** Items by what `keyOf` says of them, in their order. */
export function grouped<Item>(items: Iterable<Item>, keyOf: (item: Item) => string): Map<string, Item[]> {
  const groups = new Map<string, Item[]>()
  for (const item of items) {
    const key = keyOf(item)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [item])
    else group.push(item)
  }
  return groups
}
