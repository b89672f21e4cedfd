import { type OutcomeName, outcomeNames } from '../outcomes.ts'
import { outcomeOf, type Records } from '../records.ts'
import { usernameOf } from '../usernames.ts'
import { type Account, accountsOf, type Books, heldTwiceAtOnce, openBooks, readRows } from './accounts.ts'
import { createGroup, type Group, type GrowingGroup } from './group.ts'
import { createHeldUnits } from './held.ts'
import { type Ledger, stockOf } from './ledger.ts'
import { isWanting, judgeRefusals, lastAsked, noteUnits } from './refusals.ts'

/** What the run's own books say, and what was stored of its coupons before and after it. */
export interface SaleEvidence {
  readonly users: number
  readonly records: Records
  /** In the order of the coupons' numbers in the records. */
  readonly before: readonly Ledger[]
  readonly after: readonly Ledger[]
  /** When it is, a request that was cut by it says nothing about the server. */
  readonly isInterrupted: boolean
}

/** The facts about one coupon. Users outside the run can only come from other clients of the server. */
export interface CouponTally {
  readonly name: string
  readonly amount: number
  readonly remaining: number
  readonly rowsAfter: number
  readonly stockBefore: number
  readonly stockAfter: number
  readonly newRows: number
  /** Users without a claim before, who asked and did not leave before the answer or have a claim now; outsiders with a new one. */
  readonly candidates: number
  /** Answers. */
  readonly claimed: number
  readonly soldOut: number
  readonly busy: number
  readonly errors: number
  readonly released: number
  /** Releases without an answer. */
  readonly openReleases: number
  /** Claims that were told and are gone, where a release without an answer explains it. */
  readonly goneUnanswered: number
  readonly withTwoRows: Group
  readonly toldTwice: Group
  readonly toldThoughHolding: Group
  readonly toldWithoutRow: Group
  readonly rowsUntold: Group
  /** Users told "released" as often as "claimed", who have a claim all the same. */
  readonly rowsGivenBack: Group
  readonly rowsOfOutsiders: Group
  /** Users whose new claim was told to nobody, with a request of theirs that left the outcome open. */
  readonly rowsUncertain: Group
  /** Users without a claim whose last claim was refused while a unit was certainly left. */
  readonly turnedAway: Group
  /** Answers "sold out" that came while a unit was certainly left. */
  readonly falselySoldOut: Group
}

/** Brings books and ledgers together, coupon by coupon. */
export function tallySale(evidence: SaleEvidence): CouponTally[] {
  const { users, records, before, after } = evidence
  const books = openBooks(records, { users, coupons: after.length })
  return after.map((ledger, coupon) =>
    tallyCoupon({ books, coupon, before: before[coupon] ?? untouched(ledger), after: ledger, evidence }),
  )
}

/** A coupon that was made for this run. */
function untouched(ledger: Ledger): Ledger {
  return { ...ledger, remaining_amount: ledger.amount, claimants: [] }
}

interface CouponEvidence {
  readonly books: Books
  readonly coupon: number
  readonly before: Ledger
  readonly after: Ledger
  readonly evidence: SaleEvidence
}

function tallyCoupon(view: CouponEvidence): CouponTally {
  const { books, coupon, before, after } = view
  const { users, isInterrupted } = view.evidence
  const rows = { before: readRows(before, users), after: readRows(after, users) }
  const outsiders = newOutsiders(rows.before.outsiders, rows.after.outsiders)
  const groups = createGroups()
  const held = createHeldUnits(before.claimants.length + outsiders.count)
  let [newRows, candidates, goneUnanswered, openReleases] = [outsiders.count, outsiders.count, 0, 0]
  const withoutClaim: number[] = []
  for (const account of accountsOf(books, coupon, rows)) {
    noteAccount(account, groups, books)
    noteUnits(account, books, held)
    const gained = Math.max(0, account.rowsAfter - account.rowsBefore)
    const last = lastAsked(account, books, isInterrupted)
    newRows += gained
    openReleases += account.openReleases
    goneUnanswered += Math.min(
      account.openReleases,
      Math.max(0, account.wins - account.releases - account.rowsAfter),
    )
    if (gained > 0 || (account.rowsBefore === 0 && last !== null)) candidates++
    if (last !== null && isWanting(account, books, last)) withoutClaim.push(last)
  }
  countDoubledOutsiders(rows.after.outsiders, groups.withTwoRows)
  const amount = Math.min(before.amount, after.amount)
  const lines = books.order.subarray(books.starts[coupon], books.starts[coupon + 1])
  const refusals = judgeRefusals({ records: books.records, lines, withoutClaim, amount, held })
  return {
    name: after.name,
    amount: after.amount,
    remaining: after.remaining_amount,
    rowsAfter: after.claimants.length,
    stockBefore: stockOf(before),
    stockAfter: stockOf(after),
    newRows,
    candidates,
    goneUnanswered,
    openReleases,
    ...countAnswers(books.records, lines),
    ...groups,
    rowsOfOutsiders: outsiders,
    ...refusals,
  }
}

function createGroups() {
  return {
    withTwoRows: createGroup(),
    toldTwice: createGroup(),
    toldThoughHolding: createGroup(),
    toldWithoutRow: createGroup(),
    rowsUntold: createGroup(),
    rowsGivenBack: createGroup(),
    rowsUncertain: createGroup(),
  }
}

/** A claim that is told must be stored unless it was given back; one that is stored must have been told or left open. */
function noteAccount(account: Account, groups: ReturnType<typeof createGroups>, books: Books): void {
  const { rowsBefore, rowsAfter, wins, releases, openClaims, openReleases } = account
  const name = usernameOf(account.user)
  if (rowsAfter > 1) groups.withTwoRows.add(name)
  if (heldTwiceAtOnce(books, account)) groups.toldTwice.add(name)
  if (rowsBefore > 0 && wins > 0) groups.toldThoughHolding.add(name)
  if (wins > releases + openReleases && rowsAfter === 0) groups.toldWithoutRow.add(name)
  if (rowsAfter <= rowsBefore || wins > releases) return
  if (openClaims > 0) groups.rowsUncertain.add(name)
  else if (wins > 0) groups.rowsGivenBack.add(name)
  else groups.rowsUntold.add(name)
}

function countAnswers(records: Records, lines: Uint32Array) {
  const counts = Object.fromEntries(outcomeNames.map((name) => [name, 0])) as Record<OutcomeName, number>
  for (const line of lines) {
    const outcome = outcomeOf(records, line)
    if (outcome !== null) counts[outcome]++
  }
  const { claimed, sold_out: soldOut, busy, error: errors, released } = counts
  return { claimed, soldOut, busy, errors, released }
}

function newOutsiders(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): Group {
  const group = createGroup()
  for (const [username, rows] of after) {
    for (let row = before.get(username) ?? 0; row < rows; row++) group.add(username)
  }
  return group
}

function countDoubledOutsiders(outsiders: ReadonlyMap<string, number>, group: GrowingGroup): void {
  for (const [username, rows] of outsiders) if (rows > 1) group.add(username)
}
