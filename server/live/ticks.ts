import { frameOf } from './frames.ts'
import type { Tick } from './history.ts'
import type { SeenProcess } from './peers.ts'
import type { RecentClaim } from './reads.ts'
import { type Changes, changesMax, recentFor } from './view.ts'
import type { Viewer } from './watch.ts'

export interface TickParts {
  readonly tick: Tick
  readonly changes: Changes
  /** For admins; null when they are not due. */
  readonly processes: readonly SeenProcess[] | null
  readonly newId: () => string
}

/**
 * The frame of one tick for each viewer. All who are shown the same get the same Buffer; only who has claims of its own in
 * the tick gets one of its own.
 */
export function createTickFrames({ tick, changes, processes, newId }: TickParts): (viewer: Viewer) => Buffer {
  const shared = new Map<string, Buffer>()
  const own = new Map<string, RecentClaim[]>()
  for (const claim of changes.own) own.set(claim.username, [...(own.get(claim.username) ?? []), claim])

  function make({ isAdmin, couponName }: Viewer, claims: readonly RecentClaim[]): Buffer {
    const coupons =
      couponName === null ? changes.coupons : changes.coupons.filter(({ name }) => name === couponName)
    const told = {
      ...tick,
      coupons,
      recent: recentFor(claims, couponName, changesMax),
      ...(isAdmin && processes !== null && { processes }),
    }
    return frameOf('tick', newId(), JSON.stringify(told))
  }

  return (viewer) => {
    const mine = viewer.isAdmin || viewer.username === null ? undefined : own.get(viewer.username)
    if (mine !== undefined) return make(viewer, mine)
    const kind = `${viewer.isAdmin} ${viewer.couponName ?? ''}`
    const frame = shared.get(kind) ?? make(viewer, viewer.isAdmin ? changes.recent : [])
    shared.set(kind, frame)
    return frame
  }
}
