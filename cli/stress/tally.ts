import { type Ledger, stockOf } from './ledger.ts'
import { outcomeOf, type Records } from './records.ts'
import { countOutcomes } from './stats.ts'
import { userIndexOf, usernameOf } from './usernames.ts'

/** What the run's own books say, and what was stored of the coupon before and after it. */
export interface SaleEvidence {
  readonly users: number
  readonly records: Records
  readonly before: Ledger
  readonly after: Ledger
}

/** Some users, counted, with the first of them as an example. */
export interface Group {
  readonly count: number
  readonly example: string
}

/** The facts the checks speak about. Users outside the run can only come from other clients of the server. */
export interface Tally {
  readonly amount: number
  readonly remaining: number
  readonly rowsBefore: number
  readonly rowsAfter: number
  readonly stockBefore: number
  readonly stockAfter: number
  readonly newRows: number
  /** Users of the run without a claim before it, and outsiders who got one meanwhile: all who could win. */
  readonly candidates: number
  readonly told: {
    readonly claimed: number
    readonly soldOut: number
    readonly busy: number
    readonly errors: number
  }
  readonly withTwoRows: Group
  readonly toldTwice: Group
  readonly toldThoughHolding: Group
  readonly toldWithoutRow: Group
  readonly rowsUntold: Group
  readonly rowsOfOutsiders: Group
  /** Users whose new claim was told to nobody, with an error of theirs that left the outcome open. */
  readonly rowsUncertain: Group
}

/** Brings books and ledgers together, user by user. */
export function tallySale(evidence: SaleEvidence): Tally {
  const { users, before, after } = evidence
  const answers = readAnswers(evidence)
  const rowsBefore = readRows(before, users)
  const rowsAfter = readRows(after, users)
  const outsiders = newOutsiders(rowsBefore.outsiders, rowsAfter.outsiders)
  const each = (isOne: (user: number) => boolean) => groupOf(users, isOne)
  const held = (user: number) => at(rowsBefore.counts, user) > 0
  const won = (user: number) => at(rowsAfter.counts, user) > at(rowsBefore.counts, user)
  const told = (user: number) => at(answers.claimed, user) > 0
  const open = (user: number) => at(answers.uncertain, user) > 0
  const counts = countOutcomes(evidence.records)
  return {
    amount: after.amount,
    remaining: after.remaining_amount,
    rowsBefore: before.claimants.length,
    rowsAfter: after.claimants.length,
    stockBefore: stockOf(before),
    stockAfter: stockOf(after),
    newRows: newRowsOf(rowsBefore.counts, rowsAfter.counts) + outsiders.count,
    candidates: each((user) => !held(user)).count + outsiders.count,
    told: { claimed: counts.claimed, soldOut: counts.sold_out, busy: counts.busy, errors: counts.error },
    withTwoRows: merge(
      each((user) => at(rowsAfter.counts, user) > 1),
      doubledOutsiders(rowsAfter.outsiders),
    ),
    toldTwice: each((user) => at(answers.claimed, user) > 1),
    toldThoughHolding: each((user) => held(user) && told(user)),
    toldWithoutRow: each((user) => told(user) && at(rowsAfter.counts, user) === 0),
    rowsUntold: each((user) => won(user) && !told(user) && !open(user)),
    rowsOfOutsiders: outsiders,
    rowsUncertain: each((user) => won(user) && !told(user) && open(user)),
  }
}

interface Rows {
  /** Stored claims of each user of the run, by index. */
  readonly counts: Uint32Array
  readonly outsiders: ReadonlyMap<string, number>
}

function readRows(ledger: Ledger, users: number): Rows {
  const counts = new Uint32Array(users)
  const outsiders = new Map<string, number>()
  for (const username of ledger.claimants) {
    const user = userIndexOf(username, users)
    if (user === -1) outsiders.set(username, (outsiders.get(username) ?? 0) + 1)
    else counts[user] = at(counts, user) + 1
  }
  return { counts, outsiders }
}

/** How often each user was told "claimed", and how often an error left it open. */
function readAnswers({ users, records }: SaleEvidence): { claimed: Uint32Array; uncertain: Uint32Array } {
  const claimed = new Uint32Array(users)
  const uncertain = new Uint32Array(users)
  for (let request = 0; request < records.total; request++) {
    const user = records.users[request] ?? 0
    if (outcomeOf(records, request) === 'claimed') claimed[user] = at(claimed, user) + 1
    if (records.uncertain[request] === 1) uncertain[user] = at(uncertain, user) + 1
  }
  return { claimed, uncertain }
}

function newRowsOf(before: Uint32Array, after: Uint32Array): number {
  return after.reduce((sum, rows, user) => sum + Math.max(0, rows - at(before, user)), 0)
}

function newOutsiders(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): Group {
  let group: Group = nobody
  for (const [username, rows] of after) {
    const count = rows - (before.get(username) ?? 0)
    if (count > 0) group = merge(group, { count, example: username })
  }
  return group
}

function doubledOutsiders(outsiders: ReadonlyMap<string, number>): Group {
  const doubled = [...outsiders].filter(([, rows]) => rows > 1)
  return { count: doubled.length, example: doubled[0]?.[0] ?? '' }
}

const nobody: Group = { count: 0, example: '' }

function groupOf(users: number, isOne: (user: number) => boolean): Group {
  let count = 0
  let first = -1
  for (let user = 0; user < users; user++) {
    if (!isOne(user)) continue
    if (count === 0) first = user
    count++
  }
  return count === 0 ? nobody : { count, example: usernameOf(first) }
}

function merge(one: Group, other: Group): Group {
  return { count: one.count + other.count, example: one.count > 0 ? one.example : other.example }
}

function at(counts: Uint32Array, index: number): number {
  return counts[index] ?? 0
}
