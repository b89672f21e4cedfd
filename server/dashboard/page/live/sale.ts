import type { LiveCoupon, LiveProcess, RecentClaim, Snapshot, Tick } from './events.ts'
import { createTimeline, type Rates, type TimelineColumns } from './timeline.ts'

/** What is seen of the sale at one moment. An object that did not change is the same one as before. */
export interface SaleView {
  /** False until the first snapshot. */
  readonly isKnown: boolean
  /** By the clock of the server. */
  readonly atMs: number
  readonly isAdmin: boolean
  /** Those that came first stay where they are, so that rows do not jump; new ones come on top. */
  readonly coupons: readonly LiveCoupon[]
  readonly processes: readonly LiveProcess[]
  /** The newest first. */
  readonly recent: readonly RecentClaim[]
  readonly rates: Rates
  readonly columns: TimelineColumns
}

export interface Sale {
  snapshot(snapshot: Snapshot): void
  tick(tick: Tick): void
  /** Forgets everything, as for another user. */
  clear(): void
  view(): SaleView
}

/** The limits of what is kept, whatever comes. */
export const couponsMax = 200
export const recentMax = 50
const processesMax = 256

/** The state behind the page, made of what the stream tells. */
export function createSale(): Sale {
  const timeline = createTimeline()
  let isKnown = false
  let atMs = 0
  let isAdmin = false
  let coupons: readonly LiveCoupon[] = []
  let processes: readonly LiveProcess[] = []
  let recent: readonly RecentClaim[] = []

  return {
    snapshot(told) {
      isKnown = true
      atMs = told.at
      isAdmin = told.role === 'admin'
      coupons = inKnownOrder(coupons, told.coupons.slice(0, couponsMax))
      processes = (told.processes ?? []).slice(0, processesMax)
      recent = told.recent.slice(0, recentMax)
      timeline.clear()
      for (const tick of told.history) timeline.push(tick)
    },
    tick(tick) {
      atMs = tick.at
      timeline.push(tick)
      for (const change of tick.coupons ?? []) coupons = changed(coupons, change)
      if (tick.processes !== undefined) processes = tick.processes.slice(0, processesMax)
      if (tick.recent !== undefined && tick.recent.length > 0) recent = withNew(tick.recent, recent)
    },
    clear() {
      isKnown = false
      coupons = []
      processes = []
      recent = []
      timeline.clear()
    },
    view: () => ({
      isKnown,
      atMs,
      isAdmin,
      coupons,
      processes,
      recent,
      rates: timeline.rates(),
      columns: timeline.columns(),
    }),
  }
}

function inKnownOrder(known: readonly LiveCoupon[], told: readonly LiveCoupon[]): readonly LiveCoupon[] {
  const kept = known.flatMap(({ name }) => told.find((coupon) => coupon.name === name) ?? [])
  return [...told.filter((coupon) => !kept.includes(coupon)), ...kept]
}

function changed(coupons: readonly LiveCoupon[], change: NonNullable<Tick['coupons']>[number]) {
  const at = coupons.findIndex(({ name }) => name === change.name)
  if ('deleted' in change) return at < 0 ? coupons : coupons.toSpliced(at, 1)
  return at < 0 ? [change, ...coupons].slice(0, couponsMax) : coupons.with(at, change)
}

/** A claim whose state changed comes again: its newer line stands for it. */
function withNew(fresh: readonly RecentClaim[], known: readonly RecentClaim[]): readonly RecentClaim[] {
  const rest = known.filter(({ id }) => !fresh.some((claim) => claim.id === id))
  return [...fresh, ...rest].slice(0, recentMax)
}
