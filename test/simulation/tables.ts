/** The rows of the model database, as committed; nothing here waits or fails. */
import type { ClaimDecision } from '../../server/claims/claim.ts'
import type { ClaimState } from '../../server/claims/life.ts'

export interface ClaimRow {
  readonly id: string
  readonly coupon: CouponRow
  readonly username: string
  readonly claimKey: string
  readonly heldUntilMs: number | null
  readonly madeMs: number
  state: ClaimState
}

export interface CouponRow {
  readonly id: string
  readonly name: string
  readonly claims: ClaimRow[]
  readonly isReclaimable: boolean
  amount: number
  remaining: number
  isDeleted: boolean
  isPaused: boolean
  version: number
  /** When a stranger could last have been told "sold out", as far as commits say; due holds come in addition. */
  soldOut: SoldOutPast
}

/** Since when a committed zero stands, or when and by which commit it ended. */
export type SoldOutPast =
  | { readonly isNow: true; readonly sinceMs: number }
  | { readonly isNow: false; readonly lastMs: number; readonly endedBy: number }

export interface KeptAnswer {
  readonly payloadHash: string | undefined
  readonly decision: ClaimDecision
}

/** What is done at the commit of what was decided under the locks; it throws to roll back. */
export interface Commit<T> {
  readonly changed: readonly CouponRow[]
  commit(): T
}

/** What a committed call has decided for a key. */
export interface Decided extends ClaimDecision {
  readonly payloadHash: string | undefined
}

export interface Tables {
  /** By id, also those that are deleted. */
  readonly coupons: Map<string, CouponRow>
  readonly claims: Map<string, ClaimRow>
  readonly answers: Map<string, KeptAnswer>
  readonly users: ReadonlySet<string>
  /** Everything that was ever committed as a decision, by key; no table of the product, but the book to check it by. */
  readonly decided: Map<string, Decided[]>
  /** Counts commits that changed a coupon. */
  commits: number
  /** The sequence, which a rollback does not take back. */
  lastClaimId: number
}

export function createTables(usernames: readonly string[]): Tables {
  return {
    coupons: new Map(),
    claims: new Map(),
    answers: new Map(),
    users: new Set(usernames),
    decided: new Map(),
    commits: 0,
    lastClaimId: 0,
  }
}

export const isLive = ({ state }: ClaimRow) => state === 'held' || state === 'confirmed'

export function isDue({ state, heldUntilMs }: ClaimRow, nowMs: number): boolean {
  return state === 'held' && heldUntilMs !== null && heldUntilMs <= nowMs
}

export function couponNamed(tables: Tables, name: string): CouponRow | undefined {
  for (const coupon of tables.coupons.values()) if (coupon.name === name && !coupon.isDeleted) return coupon
  return undefined
}

export function addCoupon(
  tables: Tables,
  { name, amount, isReclaimable }: Pick<CouponRow, 'name' | 'amount' | 'isReclaimable'>,
  nowMs: number,
): CouponRow {
  const row: CouponRow = {
    name,
    amount,
    isReclaimable,
    id: String(tables.coupons.size + 1),
    claims: [],
    remaining: amount,
    isDeleted: false,
    isPaused: false,
    version: 0,
    soldOut: { isNow: false, lastMs: Number.NEGATIVE_INFINITY, endedBy: tables.commits },
  }
  tables.coupons.set(row.id, row)
  noteSoldOut(tables, row, nowMs)
  return row
}

/** After each commit that changed the coupon. */
export function noteSoldOut(tables: Tables, coupon: CouponRow, nowMs: number): void {
  const isNow = coupon.remaining === 0 && !coupon.isDeleted && !coupon.isPaused
  const { soldOut } = coupon
  if (isNow === soldOut.isNow) return
  coupon.soldOut = isNow
    ? { isNow, sinceMs: nowMs }
    : { isNow, lastMs: lastSoldOutMs(coupon, nowMs), endedBy: tables.commits }
}

/** When a stranger could last have been rightly told "sold out". */
export function lastSoldOutMs(coupon: CouponRow, nowMs: number): number {
  if (!coupon.soldOut.isNow) return coupon.soldOut.lastMs
  return Math.min(nowMs, earliestHoldEnd(coupon) ?? nowMs)
}

export function dueCoupons(tables: Tables, nowMs: number): CouponRow[] {
  return [...tables.coupons.values()].filter(({ claims }) => claims.some((claim) => isDue(claim, nowMs)))
}

export function earliestHoldEnd(coupon: CouponRow): number | null {
  let earliest: number | null = null
  for (const { state, heldUntilMs } of coupon.claims) {
    if (state !== 'held' || heldUntilMs === null) continue
    if (earliest === null || heldUntilMs < earliest) earliest = heldUntilMs
  }
  return earliest
}

/** What the constraints of the schema and the audit hold: the text of what is broken, or null. */
export function brokenInvariant({ name, amount, remaining, claims }: CouponRow): string | null {
  const live = claims.filter(isLive)
  if (live.length > amount) return `${name}: ${live.length} live claims of ${amount}`
  if (remaining !== amount - live.length)
    return `${name}: ${remaining} remain of ${amount} with ${live.length} live claims`
  if (new Set(live.map(({ username }) => username)).size < live.length)
    return `${name}: a user has two live claims`
  return null
}
