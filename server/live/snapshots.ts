import { AppError } from '../errors.ts'
import { frameOf } from './frames.ts'
import type { History } from './history.ts'
import type { Peers } from './peers.ts'
import type { CouponLine, Reads, RecentClaim } from './reads.ts'
import { recentFor, type View } from './view.ts'
import type { Viewer } from './watch.ts'

export interface SnapshotParts {
  readonly reads: Reads
  readonly view: View
  readonly peers: Peers
  readonly history: History
  readonly newId: () => string
  readonly now: () => number
}

/**
 * A crowd that comes at once is told the same: what is in the snapshot of everybody is made once in this time. Never over a
 * look, though: what that has found changed is told to those who were there before, and to nobody again.
 */
const keptMs = 200

/** The whole state, as the first frame of a stream. */
export function createSnapshots({ reads, view, peers, history, newId, now }: SnapshotParts) {
  let kept = { text: '', isAdmin: false, madeMs: Number.NEGATIVE_INFINITY, lookedMs: Number.NaN }

  /** All but the claims, as JSON without its closing brace. */
  function stateText(isAdmin: boolean, coupons: readonly CouponLine[]): string {
    const state = {
      at: Date.now(),
      role: isAdmin ? 'admin' : 'user',
      coupons,
      ...(isAdmin && { processes: peers.list() }),
      history: history.read(Date.now()),
    }
    return JSON.stringify(state).slice(0, -1)
  }

  function stateOfAll(isAdmin: boolean): string {
    const lookedMs = view.lookedMs()
    const isSame = kept.isAdmin === isAdmin && kept.lookedMs === lookedMs && now() - kept.madeMs <= keptMs
    if (!isSame) kept = { text: stateText(isAdmin, view.coupons()), isAdmin, madeMs: now(), lookedMs }
    return kept.text
  }

  async function recentOf({ username, isAdmin, couponName }: Viewer): Promise<readonly RecentClaim[]> {
    if (isAdmin) return couponName === null ? view.recent() : reads.recent(couponName)
    return username === null ? [] : recentFor(await reads.recentOf([username], null), couponName)
  }

  /** Rejects with `AppError('coupon_not_found')`, or as the database does. The view must have looked. */
  return async function snapshotOf(viewer: Viewer): Promise<Buffer> {
    const { isAdmin, couponName } = viewer
    const coupon = couponName === null ? null : await readCoupon(reads, couponName)
    const recent = await recentOf(viewer)
    const state = coupon === null ? stateOfAll(isAdmin) : stateText(isAdmin, [coupon])
    return frameOf('snapshot', newId(), `${state},"recent":${JSON.stringify(recent)}}`)
  }
}

async function readCoupon(reads: Reads, name: string): Promise<CouponLine> {
  const row = await reads.coupon(name)
  if (row === null) throw new AppError('coupon_not_found', `There is no coupon ${name}.`)
  const { id, is_deleted, ...line } = row
  return line
}
