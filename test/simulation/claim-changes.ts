/** `release_claims`, `confirm_claims`, `expire_holds` (migrations 0007 and 0009), and edits of a coupon. */
import type { ClaimState } from '../../server/claims/life.ts'
import { type ClaimRow, type Commit, type CouponRow, isDue, isLive, type Tables } from './tables.ts'

export function dueHolds(coupon: CouponRow, nowMs: number): ClaimRow[] {
  return coupon.claims.filter((claim) => isDue(claim, nowMs))
}

/** Gives their units back. */
export function endClaims(claims: readonly ClaimRow[], state: 'expired' | 'released'): void {
  for (const claim of claims) {
    claim.state = state
    claim.coupon.remaining += 1
    claim.coupon.version += 1
  }
}

export function sweepHolds(coupon: CouponRow, nowMs: number): Commit<number> {
  const due = dueHolds(coupon, nowMs)
  return {
    changed: due.length > 0 ? [coupon] : [],
    commit: () => {
      endClaims(due, 'expired')
      return due.length
    },
  }
}

type Row = { readonly state: ClaimState | null }

export function releaseClaims(
  tables: Tables,
  coupon: CouponRow | undefined,
  ids: readonly string[],
): Commit<Row[]> {
  const own = ids.map((id) => tables.claims.get(id)).filter((claim) => claim?.coupon === coupon)
  const live = new Set(own.filter((claim): claim is ClaimRow => claim !== undefined && isLive(claim)))
  return {
    changed: live.size > 0 && coupon !== undefined ? [coupon] : [],
    commit: () => {
      endClaims([...live], 'released')
      return ids.map((id) => {
        const claim = tables.claims.get(id)
        return { state: claim?.coupon === coupon ? (claim?.state ?? null) : null }
      })
    },
  }
}

/** Locks rows of claims alone; the model locks their coupons in place of them. */
export function confirmClaims(tables: Tables, ids: readonly string[], nowMs: number): Commit<Row[]> {
  const confirm = (id: string): Row => {
    const claim = tables.claims.get(id)
    if (claim === undefined) return { state: null }
    if (claim.state === 'held' && !isDue(claim, nowMs)) claim.state = 'confirmed'
    return { state: claim.state === 'held' ? 'expired' : claim.state }
  }
  return { changed: [], commit: () => ids.map(confirm) }
}

export type Edit = { readonly amount?: number; readonly isPaused?: boolean; readonly isDeleted?: true }

/** The stock is never set below what is claimed: such an edit is refused. */
export function editCoupon(
  coupon: CouponRow,
  { amount = coupon.amount, isPaused = coupon.isPaused, isDeleted }: Edit,
): Commit<void> {
  const claimed = coupon.amount - coupon.remaining
  const isRefused = coupon.isDeleted || amount < claimed
  return {
    changed: isRefused ? [] : [coupon],
    commit: () => {
      if (isRefused) return
      Object.assign(coupon, { amount, remaining: amount - claimed, isPaused, version: coupon.version + 1 })
      if (isDeleted) coupon.isDeleted = true
    },
  }
}
