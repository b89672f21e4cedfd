import { kindOf, outcomeOf, type Records } from '../records.ts'
import { usernameOf } from '../usernames.ts'
import { type Account, type Books, isOpen } from './accounts.ts'
import { createGroup } from './group.ts'
import type { HeldUnits } from './held.ts'

/**
 * When an account can have held units. Without a release, what is stored in the end says whether it ever held one;
 * with releases, every claim that may have been carried out counts from its sending, until it was told "released".
 */
export function noteUnits(account: Account, { records, order }: Books, held: HeldUnits): void {
  const hasReleases = account.releases + account.openReleases > 0
  if (!hasReleases && account.rowsAfter <= account.rowsBefore) return
  let firstUs = Number.POSITIVE_INFINITY
  for (let place = account.from; place < account.to; place++) {
    const line = order[place] ?? 0
    const outcome = outcomeOf(records, line)
    if (outcome === 'released') held.giveBack(records.endedUs[line] ?? 0)
    if (kindOf(records, line) !== 'claim' || (outcome !== 'claimed' && !isOpen(records, line))) continue
    if (hasReleases) held.take(records.sentUs[line] ?? 0)
    firstUs = Math.min(firstUs, records.sentUs[line] ?? 0)
  }
  // A row that no request explains may have been there from the beginning.
  if (!hasReleases) held.take(Number.isFinite(firstUs) ? firstUs : 0)
}

/** The last claim that its client waited for; of an interrupted run only what was really answered. */
export function lastAsked(
  account: Account,
  { records, order }: Books,
  isInterrupted: boolean,
): number | null {
  let last: number | null = null
  for (let place = account.from; place < account.to; place++) {
    const line = order[place] ?? 0
    const outcome = outcomeOf(records, line)
    if (kindOf(records, line) !== 'claim' || outcome === null || outcome === 'abandoned') continue
    if (isInterrupted && isOpen(records, line)) continue
    if (last === null || (records.sentUs[line] ?? 0) >= (records.sentUs[last] ?? 0)) last = line
  }
  return last
}

/**
 * Without a release, everybody who asked and has nothing wants one. Whoever gave a claim back wants one only if a claim
 * that was sent after the last win was certainly refused: before, it may have been for the claim that was still there.
 */
export function isWanting(account: Account, books: Books, last: number): boolean {
  const { records } = books
  if (account.rowsAfter + account.rowsBefore > 0) return false
  if (account.releases + account.openReleases === 0) return true
  const outcome = outcomeOf(records, last)
  const isRefusal = outcome === 'sold_out' || outcome === 'busy' || outcome === 'error'
  return isRefusal && !isOpen(records, last) && (records.sentUs[last] ?? 0) > lastWinUs(account, books)
}

function lastWinUs({ from, to }: Account, { records, order }: Books): number {
  let latestUs = -1
  for (let place = from; place < to; place++) {
    const line = order[place] ?? 0
    if (outcomeOf(records, line) === 'claimed') latestUs = Math.max(latestUs, records.endedUs[line] ?? 0)
  }
  return latestUs
}

interface Refusals {
  readonly records: Records
  readonly lines: Uint32Array
  readonly withoutClaim: readonly number[]
  readonly amount: number
  readonly held: HeldUnits
}

export function judgeRefusals({ records, lines, withoutClaim, amount, held }: Refusals) {
  const [turnedAway, falselySoldOut] = [createGroup(), createGroup()]
  const { atMost } = held.close()
  const heldAtMost = (line: number) =>
    atMost({ sentUs: records.sentUs[line] ?? 0, endedUs: records.endedUs[line] ?? 0 })
  const nameOf = (line: number) => usernameOf(records.users[line] ?? 0)
  for (const line of withoutClaim) if (heldAtMost(line) < amount) turnedAway.add(nameOf(line))
  for (const line of lines) {
    if (outcomeOf(records, line) !== 'sold_out' || heldAtMost(line) >= amount) continue
    falselySoldOut.add(nameOf(line), { heldAtMost: heldAtMost(line), atUs: records.endedUs[line] ?? 0 })
  }
  return { turnedAway, falselySoldOut }
}
