/** Who asked what and was told what, and whether it can be true. It knows the tables, and nothing of the server. */
import type { ClaimDecision, ClaimOutcome, ClaimRequest } from '../../server/claims/claim.ts'
import { poisonName } from './plan.ts'
import { type CouponRow, isDue, isLive, lastSoldOutMs, type Tables } from './tables.ts'

/** What one client wants, under one key, asked once or several times. */
export interface Wish {
  readonly couponName: string
  readonly username: string
  readonly claimKey: string
  readonly holdSeconds: number | undefined
  readonly payloadHash: string | undefined
  readonly isUserKnown: boolean
  readonly attempts: Attempt[]
  /** The first certain answer. */
  truth: ClaimDecision | null
}

export interface Attempt {
  readonly wish: Wish
  readonly request: ClaimRequest
  readonly processName: string
  /** The coupon has to be read again after this commit: the process was told of a change. */
  readonly freshSince: () => number
  /** `lost` with the process that was asked. */
  state: 'open' | 'answered' | 'lost'
  outcome: ClaimOutcome | 'rejected' | null
  hasLeft: boolean
}

/** Told when nothing was changed. */
const certainlyNothing: readonly string[] = ['overloaded', 'unavailable', 'abandoned', 'busy']
/** Told when it may or may not have been, or when it is for the first one to say. */
const uncertain: readonly string[] = ['unknown', 'in_progress', 'rejected']

export const isDefinite = (outcome: string) =>
  !certainlyNothing.includes(outcome) && !uncertain.includes(outcome)

/** An answer may come so much later than its deadline: timers count whole milliseconds. */
export const lateMsMax = 2
/** So long after stock has come back may "sold out" be told from memory. */
const staleMsMax = 1000
/** For so long a cache tells what it has read. */
const cachedMsMax = 900

export interface Book {
  readonly wishes: Wish[]
  readonly attempts: Attempt[]
  ask(attempt: Attempt): void
  /** With the process that was asked. */
  lose(attempt: Attempt): void
  isAllAnswered(): boolean
  answer(attempt: Attempt, decision: ClaimDecision): void
  reject(attempt: Attempt, error: unknown): void
  /** When everything has been answered. */
  close(): void
}

export interface BookOptions {
  readonly tables: Tables
  readonly now: () => number
  readonly fail: (what: string) => void
  /** Some answers hold a result too few. */
  readonly mayBeShort: boolean
}

export function createBook({ tables, now, fail, mayBeShort }: BookOptions): Book {
  const wishes: Wish[] = []
  const attempts: Attempt[] = []
  let open = 0

  function receive(attempt: Attempt, outcome: ClaimOutcome | 'rejected'): boolean {
    if (attempt.state === 'lost') return false
    if (attempt.state === 'answered') fail(`${nameOf(attempt)} was answered twice`)
    else open -= 1
    attempt.state = 'answered'
    attempt.outcome = outcome
    const lateMs = now() - attempt.request.deadlineMs
    if (lateMs > lateMsMax) fail(`${nameOf(attempt)} was answered ${lateMs} ms after its deadline`)
    return true
  }

  function answer(attempt: Attempt, decision: ClaimDecision): void {
    const { wish } = attempt
    const { outcome } = decision
    if (!receive(attempt, outcome)) return
    const wrong = isDefinite(outcome) ? wrongIn(attempt, decision) : wrongWithout(attempt, outcome)
    if (wrong !== null) fail(`${nameOf(attempt)} was told ${outcome}: ${wrong}`)
    if (!isDefinite(outcome) || outcome === 'key_reused') return
    const { truth } = wish
    if (truth === null) wish.truth = decision
    else if (truth.outcome !== outcome || truth.claimId !== decision.claimId)
      fail(`${nameOf(attempt)} was told ${outcome}, and ${truth.outcome} before`)
  }

  function wrongWithout({ wish, hasLeft }: Attempt, outcome: ClaimOutcome): string | null {
    if (outcome === 'abandoned' && !hasLeft) return 'its client is there'
    if (outcome === 'in_progress' && wish.payloadHash === undefined) return 'it has no key of its caller’s'
    return null
  }

  function wrongIn(attempt: Attempt, decision: ClaimDecision): string | null {
    const { claimKey, payloadHash } = attempt.wish
    const { outcome, claimId } = decision
    if (outcome === 'key_reused') {
      const others = wishes.filter((wish) => wish.claimKey === claimKey && wish.payloadHash !== payloadHash)
      return others.length > 0 ? null : 'its key came with one payload only'
    }
    const decided = tables.decided.get(claimKey) ?? []
    const isDecided = decided.some(
      (one) => one.outcome === outcome && one.claimId === claimId && one.payloadHash === payloadHash,
    )
    if (isDecided) return claimId === null ? null : wrongClaim(attempt.wish, decision)
    if (outcome === 'sold_out' && payloadHash === undefined) return wrongFromMemory(attempt)
    return 'nothing of the kind was committed'
  }

  /** The row that is named must be the one that is meant. */
  function wrongClaim(wish: Wish, { outcome, claimId, until }: ClaimDecision): string | null {
    const claim = tables.claims.get(claimId ?? '')
    if (claim === undefined) return `there is no claim ${claimId}`
    if (claim.username !== wish.username || claim.coupon.name !== wish.couponName)
      return 'it is somebody else’s'
    if ((claim.claimKey === wish.claimKey) !== (outcome === 'claimed')) return 'its key is of another claim'
    return (until?.getTime() ?? null) === (claim.heldUntilMs && Math.floor(claim.heldUntilMs))
      ? null
      : 'the hold ends at another time'
  }

  function wrongFromMemory({ wish, freshSince }: Attempt): string | null {
    const { couponName, username, isUserKnown } = wish
    const nowMs = now()
    if (!isUserKnown && !tables.users.has(username)) return 'there is no such user'
    const named = [...tables.coupons.values()].filter(({ name }) => name === couponName)
    if (named.some((coupon) => !coupon.isDeleted && hasHad(coupon, username, nowMs))) return 'the user has it'
    const past = named.map((coupon) => wrongMemory(coupon, { freshSince: freshSince(), nowMs }))
    return past.includes(null) ? null : (past[0] ?? 'there is no such coupon')
  }

  /** Since before anything that may still be remembered was read. */
  function hasHad({ claims }: CouponRow, username: string, nowMs: number): boolean {
    return claims.some(
      (claim) =>
        claim.username === username &&
        isLive(claim) &&
        !isDue(claim, nowMs) &&
        claim.madeMs < nowMs - staleMsMax,
    )
  }

  function wrongMemory(
    coupon: CouponRow,
    { freshSince, nowMs }: { freshSince: number; nowMs: number },
  ): string | null {
    const { soldOut } = coupon
    const staleMs = nowMs - lastSoldOutMs(coupon, nowMs)
    if (staleMs > staleMsMax) return `stock has been there for ${staleMs} ms`
    if (!soldOut.isNow)
      return freshSince >= soldOut.endedBy ? 'the process was told that stock is back' : null
    // What is remembered was read since it is sold out, and with it when the next hold runs out.
    const isKnownHold = staleMs > 0 && nowMs - soldOut.sinceMs > cachedMsMax
    return isKnownHold ? `a hold ran out ${staleMs} ms ago` : null
  }

  function reject(attempt: Attempt, error: unknown): void {
    if (!receive(attempt, 'rejected')) return
    const code = String((error as { code?: unknown }).code)
    const isForeseen =
      code === '22021'
        ? attempt.wish.username === poisonName
        : ['P0001', 'XX000'].includes(code) || (mayBeShort && /one result an item/.test(String(error)))
    if (!isForeseen) fail(`${nameOf(attempt)} was rejected: ${String(error)}`)
  }

  function close(): void {
    for (const attempt of attempts)
      if (attempt.state === 'open') fail(`${nameOf(attempt)} was never answered`)
    for (const claim of tables.claims.values()) {
      const own = wishes.filter(({ claimKey }) => claimKey === claim.claimKey)
      const refused = own.find(({ truth }) => truth !== null && truth.outcome !== 'claimed')
      const isOwned = own.some(({ attempts: all }) => all.some(({ outcome }) => mayHaveStored(outcome)))
      if (refused !== undefined)
        fail(`${claim.claimKey} has claim ${claim.id}, and was told ${refused.truth?.outcome}`)
      else if (!isOwned)
        fail(`${claim.claimKey} has claim ${claim.id}, and was told that nothing was changed`)
    }
  }

  return {
    wishes,
    attempts,
    ask: (attempt) => {
      attempt.wish.attempts.push(attempt)
      attempts.push(attempt)
      open += 1
    },
    lose: (attempt) => {
      attempt.state = 'lost'
      open -= 1
    },
    isAllAnswered: () => open === 0,
    answer,
    reject,
    close,
  }
}

/** A null is an answer that was lost with its process. */
function mayHaveStored(outcome: string | null): boolean {
  return outcome === null || outcome === 'claimed' || uncertain.includes(outcome)
}

export function nameOf({ wish, processName }: Attempt): string {
  const { claimKey, username, couponName, payloadHash } = wish
  return `${claimKey}${payloadHash === undefined ? '' : ' (of its caller)'}, ${username} for ${couponName} at ${processName},`
}
