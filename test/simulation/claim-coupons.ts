/**
 * `claim_coupons` and `claim_standing` (migrations 0011, 0012 and 0015), statement by statement, as they run when the locks
 * are won. Nothing is changed before the commit that they return is called.
 */
import { type ClaimDecision, type ClaimOutcome, type ClaimRequest, told } from '../../server/claims/claim.ts'
import { dueHolds, endClaims } from './claim-changes.ts'
import { errors } from './errors.ts'
import {
  type ClaimRow,
  type Commit,
  type CouponRow,
  isDue,
  isLive,
  type KeptAnswer,
  type Tables,
} from './tables.ts'

export interface ClaimCall {
  readonly requests: readonly ClaimRequest[]
  readonly isRetry: boolean
  /** By name; null for one that is not there, 'deferred' for one that is put off. */
  readonly coupons: ReadonlyMap<string, CouponRow | null | 'deferred'>
  readonly nowMs: number
  /** One coupon, which was waited for. */
  readonly isAlone: boolean
}

interface Told {
  readonly request: ClaimRequest
  readonly coupon: CouponRow | null
  readonly decision: ClaimDecision
  /** The row to be stored. */
  readonly won: ClaimRow | null
}

/** The counters as the deciding statement reads them, after holds were given back and before anybody has won. */
interface Stock {
  readonly freed: ReadonlySet<ClaimRow>
  readonly remaining: ReadonlyMap<CouponRow, number>
  /** The same, less the ranks that were given out. */
  readonly left: Map<CouponRow, number>
}

export function decideClaims(tables: Tables, call: ClaimCall): Commit<(ClaimDecision | null)[]> {
  const stock = stockOf(call)
  const recalled = call.isRetry ? recall(tables, call.requests) : new Map<string, KeptAnswer>()
  const first = new Map<string, Told>()
  const told = call.requests.map((request): Told | null => {
    const coupon = call.coupons.get(request.couponName) ?? null
    return coupon === 'deferred' ? null : decideOne(tables, { request, coupon, call, stock, first, recalled })
  })
  const changed = new Set<CouponRow>()
  for (const claim of stock.freed) changed.add(claim.coupon)
  for (const one of told) if (one?.won) changed.add(one.won.coupon)
  const commit = () => commitClaims(tables, call, { told, freed: [...stock.freed], recalled })
  return { changed: [...changed], commit }
}

/** A retry finds its claim whatever became of the coupon meanwhile, and puts it on record. */
function recall(tables: Tables, requests: readonly ClaimRequest[]): Map<string, KeptAnswer> {
  const recalled = new Map<string, KeptAnswer>()
  for (const { claimKey, username, couponName, payloadHash } of requests) {
    if (tables.answers.has(claimKey)) continue
    for (const claim of tables.claims.values()) {
      if (claim.claimKey !== claimKey || claim.username !== username || claim.coupon.name !== couponName)
        continue
      recalled.set(claimKey, { payloadHash, decision: decision('claimed', claim) })
      break
    }
  }
  return recalled
}

function stockOf({ coupons, isAlone, nowMs }: ClaimCall): Stock {
  const freed = new Set<ClaimRow>()
  const remaining = new Map<CouponRow, number>()
  for (const coupon of coupons.values()) {
    if (coupon === null || coupon === 'deferred') continue
    const due = isAlone ? dueHolds(coupon, nowMs) : []
    for (const claim of due) freed.add(claim)
    remaining.set(coupon, coupon.remaining + due.length)
  }
  return { freed, remaining, left: new Map(remaining) }
}

interface One {
  readonly request: ClaimRequest
  readonly coupon: CouponRow | null
  readonly call: ClaimCall
  readonly stock: Stock
  /** The first claim of each user and coupon in this call that nothing stood against. */
  readonly first: Map<string, Told>
  readonly recalled: ReadonlyMap<string, KeptAnswer>
}

function decideOne(tables: Tables, one: One): Told {
  const { request, coupon, call, stock, first, recalled } = one
  const tell = (outcome: ClaimOutcome, claim: ClaimRow | null = null, won: ClaimRow | null = null): Told => ({
    request,
    coupon,
    decision: decision(outcome, claim),
    won,
  })
  const kept = answerKept(request, tables.answers.get(request.claimKey) ?? recalled.get(request.claimKey))
  if (kept !== null) return { request, coupon, decision: kept, won: null }
  if (coupon === null) return tell('coupon_not_found')
  if (!tables.users.has(request.username)) return tell('user_not_found')
  const standing = standingClaim(coupon, { request, nowMs: call.nowMs, freed: stock.freed })
  if (standing !== undefined)
    return tell(standing.claimKey === request.claimKey ? 'claimed' : 'already_claimed', standing)
  if (coupon.isPaused) return tell('paused')
  if (stock.remaining.get(coupon) === 0) return tell('sold_out')
  const who = `${coupon.id} ${request.username}`
  const before = first.get(who)
  if (before !== undefined) return before.won ? tell('already_claimed', before.won) : tell('sold_out')
  const left = stock.left.get(coupon) ?? 0
  stock.left.set(coupon, left - 1)
  const won = left > 0 ? newClaim(tables, coupon, { request, nowMs: call.nowMs }) : null
  const told = won === null ? tell('sold_out') : tell('claimed', won, won)
  first.set(who, told)
  return told
}

function answerKept({ payloadHash }: ClaimRequest, kept: KeptAnswer | undefined): ClaimDecision | null {
  if (kept === undefined) return null
  if (kept.payloadHash !== payloadHash) return decision('key_reused', null)
  return { ...kept.decision, isReplay: true }
}

/** The first by `ended_id`: a live one, else the oldest that counts. */
function standingClaim(
  coupon: CouponRow,
  { request, nowMs, freed }: { request: ClaimRequest; nowMs: number; freed: ReadonlySet<ClaimRow> },
): ClaimRow | undefined {
  let found: ClaimRow | undefined
  for (const claim of coupon.claims) {
    if (claim.username !== request.username) continue
    const isOwn = claim.claimKey === request.claimKey
    const isStillLive = isLive(claim) && !freed.has(claim)
    const isOver = !isStillLive || isDue(claim, nowMs)
    if (isOver && coupon.isReclaimable && !isOwn) continue
    if (isStillLive) return claim
    found ??= claim
  }
  return found
}

function newClaim(
  tables: Tables,
  coupon: CouponRow,
  { request, nowMs }: { request: ClaimRequest; nowMs: number },
): ClaimRow {
  const { username, claimKey, holdSeconds } = request
  tables.lastClaimId += 1
  return {
    id: String(tables.lastClaimId),
    coupon,
    username,
    claimKey,
    madeMs: nowMs,
    heldUntilMs: holdSeconds === undefined ? null : nowMs + holdSeconds * 1000,
    state: holdSeconds === undefined ? 'confirmed' : 'held',
  }
}

function decision(outcome: ClaimOutcome, claim: ClaimRow | null): ClaimDecision {
  if (claim === null) return told(outcome)
  const until = claim.heldUntilMs === null ? null : new Date(claim.heldUntilMs)
  return { outcome, claimId: claim.id, until, isReplay: false }
}

interface Decisions {
  readonly told: readonly (Told | null)[]
  readonly freed: readonly ClaimRow[]
  readonly recalled: ReadonlyMap<string, KeptAnswer>
}

/** Throws, and changes nothing, when another call has taken a key meanwhile. */
function commitClaims(
  tables: Tables,
  { isRetry }: ClaimCall,
  { told, freed, recalled }: Decisions,
): (ClaimDecision | null)[] {
  const kept = told.filter((one): one is Told => one !== null && isKept(one, isRetry))
  const keys = new Set(kept.map(({ request }) => request.claimKey))
  if (keys.size < kept.length || kept.some(({ request }) => tables.answers.has(request.claimKey)))
    throw errors.serialization
  endClaims(freed, 'expired')
  for (const [claimKey, answer] of recalled)
    if (!tables.answers.has(claimKey)) tables.answers.set(claimKey, answer)
  for (const one of told) {
    if (one === null) continue
    if (one.won !== null) store(tables, one.won)
    note(tables, one)
  }
  for (const { request, decision } of kept)
    tables.answers.set(request.claimKey, { payloadHash: request.payloadHash, decision })
  return told.map((one) => one?.decision ?? null)
}

function isKept({ request, decision }: Told, isRetry: boolean): boolean {
  return (
    (isRetry || request.payloadHash !== undefined) && !decision.isReplay && decision.outcome !== 'key_reused'
  )
}

function store(tables: Tables, claim: ClaimRow): void {
  const { coupon } = claim
  tables.claims.set(claim.id, claim)
  coupon.claims.push(claim)
  coupon.remaining -= 1
  coupon.version += 1
}

function note(tables: Tables, { request, decision }: Told): void {
  const { claimKey, payloadHash } = request
  const known = tables.decided.get(claimKey)
  if (known === undefined) tables.decided.set(claimKey, [{ ...decision, payloadHash }])
  else known.push({ ...decision, payloadHash })
}
