import { kindOf, lineState, outcomeOf, type Records } from '../records.ts'
import { userIndexOf } from '../usernames.ts'
import type { Ledger } from './ledger.ts'

/** Lines of claims and releases that were sent, by coupon and then by user; those of one account are together. */
export interface Books {
  readonly records: Records
  readonly order: Uint32Array
  /** Coupon c has the places starts[c] to starts[c + 1] of `order`. */
  readonly starts: Uint32Array
}

/** Live claims of one coupon by their owners. */
export interface Rows {
  /** Indexes of the run's users, one entry a claim, in order. */
  readonly users: Uint32Array
  readonly outsiders: ReadonlyMap<string, number>
}

/** What one user did about one coupon, and what is stored of it. */
export interface Account {
  readonly user: number
  readonly rowsBefore: number
  readonly rowsAfter: number
  /** Places in the books' order. */
  readonly from: number
  readonly to: number
  /** Answers "claimed" and "released". */
  readonly wins: number
  readonly releases: number
  /** Requests that may have been carried out although no answer says so. */
  readonly openClaims: number
  readonly openReleases: number
}

/** Sorts by counting, first by user and then by coupon, so that a million lines take a fraction of a second. */
export function openBooks(records: Records, size: { users: number; coupons: number }): Books {
  let kept = 0
  const lines = new Uint32Array(records.total)
  for (let line = 0; line < records.total; line++) if (isOfAccount(records, line)) lines[kept++] = line
  const subject = (line: number) => subjectOf(records, line)
  const byUser = sortByCount(lines.subarray(0, kept), size.users, (line) => records.users[subject(line)] ?? 0)
  const byCoupon = sortByCount(byUser.order, size.coupons, (line) => records.coupons[subject(line)] ?? 0)
  return { records, ...byCoupon }
}

function isOfAccount(records: Records, line: number): boolean {
  const state = records.states[line] ?? lineState.planned
  if (state !== lineState.sent && state < lineState.firstOutcome) return false
  const kind = kindOf(records, line)
  return kind === 'claim' || (kind === 'release' && at(records.claimLines, line) > 0)
}

/** Whose claim it is about: a release belongs to the claim that it gives back. */
function subjectOf(records: Records, line: number): number {
  return kindOf(records, line) === 'release' ? at(records.claimLines, line) - 1 : line
}

/** Keeps the order of lines that are equal. */
function sortByCount(lines: Uint32Array, size: number, keyOf: (line: number) => number) {
  const starts = new Uint32Array(size + 1)
  for (const line of lines) starts[keyOf(line) + 1] = at(starts, keyOf(line) + 1) + 1
  for (let key = 0; key < size; key++) starts[key + 1] = at(starts, key + 1) + at(starts, key)
  const next = starts.slice()
  const order = new Uint32Array(lines.length)
  for (const line of lines) {
    const place = at(next, keyOf(line))
    order[place] = line
    next[keyOf(line)] = place + 1
  }
  return { order, starts }
}

export function readRows(ledger: Ledger, users: number): Rows {
  const indexes: number[] = []
  const outsiders = new Map<string, number>()
  for (const username of ledger.claimants) {
    const user = userIndexOf(username, users)
    if (user === -1) outsiders.set(username, (outsiders.get(username) ?? 0) + 1)
    else indexes.push(user)
  }
  return { users: Uint32Array.from(indexes).sort(), outsiders }
}

/** Everybody who asked for this coupon or has a claim of it, in the order of the users. */
export function* accountsOf(
  books: Books,
  coupon: number,
  rows: { before: Rows; after: Rows },
): Generator<Account> {
  const [before, after] = [rows.before.users, rows.after.users]
  const end = at(books.starts, coupon + 1)
  const ownerAt = (place: number) =>
    place < end ? at(books.records.users, subjectOf(books.records, at(books.order, place))) : nobody
  let place = at(books.starts, coupon)
  let [b, a] = [0, 0]
  for (;;) {
    const user = Math.min(ownerAt(place), before[b] ?? nobody, after[a] ?? nobody)
    if (user === nobody) return
    const [from, firstBefore, firstAfter] = [place, b, a]
    while (ownerAt(place) === user) place++
    while (before[b] === user) b++
    while (after[a] === user) a++
    const stored = { rowsBefore: b - firstBefore, rowsAfter: a - firstAfter }
    yield { user, from, to: place, ...stored, ...countAnswers(books, from, place) }
  }
}

const nobody = Number.POSITIVE_INFINITY

function countAnswers({ records, order }: Books, from: number, to: number) {
  let [wins, releases, openClaims, openReleases] = [0, 0, 0, 0]
  for (let place = from; place < to; place++) {
    const line = at(order, place)
    const isClaim = kindOf(records, line) === 'claim'
    const outcome = outcomeOf(records, line)
    if (outcome === 'claimed') wins++
    else if (outcome === 'released') releases++
    else if (isOpen(records, line) && isClaim) openClaims++
    else if (isOpen(records, line)) openReleases++
  }
  return { wins, releases, openClaims, openReleases }
}

/** It may have been carried out, and nobody was told: an uncertain error, a client that was gone, no answer at all. */
export function isOpen(records: Records, line: number): boolean {
  return records.uncertain[line] === 1 || records.states[line] === lineState.sent
}

/** Whether two of the account's claims were certainly live at once: each from its answer until its release was sent. */
export function heldTwiceAtOnce({ records, order }: Books, { from, to, wins }: Account): boolean {
  if (wins < 2) return false
  const until = new Map<number, number>()
  const won: number[] = []
  for (let place = from; place < to; place++) {
    const line = at(order, place)
    const outcome = outcomeOf(records, line)
    if (outcome === 'claimed') won.push(line)
    if (kindOf(records, line) !== 'release') continue
    if (outcome !== 'released' && !isOpen(records, line)) continue
    const claim = at(records.claimLines, line) - 1
    until.set(claim, Math.min(until.get(claim) ?? never, at(records.sentUs, line)))
  }
  const spans = won
    .map((line) => ({ fromUs: at(records.endedUs, line), untilUs: until.get(line) ?? never }))
    .filter(({ fromUs, untilUs }) => fromUs < untilUs)
    .sort((one, other) => one.fromUs - other.fromUs)
  return spans.some(({ fromUs }, index) => index > 0 && fromUs < (spans[index - 1]?.untilUs ?? 0))
}

const never = Number.POSITIVE_INFINITY

function at(column: Uint32Array, index: number): number {
  return column[index] ?? 0
}
