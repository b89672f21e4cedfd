import {
  type CouponLine,
  type CouponRow,
  couponsMax,
  type Reads,
  type RecentClaim,
  recentMax,
} from './reads.ts'

/** What a coupon has become. */
export type CouponChange = CouponLine | { readonly name: string; readonly deleted: true }

/** What was found to have changed. */
export interface Changes {
  readonly coupons: readonly CouponChange[]
  /** The latest first. */
  readonly recent: readonly RecentClaim[]
  /** The same of the users who watch, each claim with its owner's name. */
  readonly own: readonly RecentClaim[]
}

/** Coupons and claims as the last look found them. */
export interface View {
  /** Looks at what is stored now, and at these users' claims. Rejects as the database does; what was known stays known. */
  look(usernames: readonly string[]): Promise<void>
  /** When the last look that succeeded began, in milliseconds of `performance.now()`. */
  lookedMs(): number
  /** The latest change first. */
  coupons(): CouponLine[]
  recent(): readonly RecentClaim[]
  /** What changed since the last time. */
  take(): Changes
  /** Forgets all: the next look begins anew, and finds no changes. */
  clear(): void
  size(): number
}

/**
 * What was written shows when it is committed, some time after the instant it is dated by, perhaps by another machine's
 * clock. So much is read again each time; what is known already is no change.
 */
const overlapMs = 10_000
/** Claims that one tick tells at most. */
export const changesMax = 20

interface Known {
  readonly line: CouponLine
  readonly text: string
}

export function createView(reads: Reads, now: () => number): View {
  /** By id, the latest change last. */
  const known = new Map<string, Known>()
  let deleted = new Set<string>()
  let recent: readonly RecentClaim[] = []
  let ownTold = new Set<string>()
  let lookedMs = Number.NEGATIVE_INFINITY
  let changes = noChanges()
  /** Counts what was forgotten: a look that began before is thrown away. */
  let epoch = 0

  const isFirst = () => lookedMs === Number.NEGATIVE_INFINITY

  function takeCoupons(rows: readonly CouponRow[]): void {
    const gone = rows.filter(({ is_deleted, id }) => is_deleted && !deleted.has(id))
    for (const { id, name } of gone) {
      known.delete(id)
      changes.coupons.push({ name, deleted: true })
    }
    deleted = new Set(rows.filter(({ is_deleted }) => is_deleted).map(({ id }) => id))
    for (const { id, is_deleted, ...line } of rows.toReversed()) {
      const text = JSON.stringify(line)
      if (is_deleted || known.get(id)?.text === text) continue
      known.delete(id)
      known.set(id, { line, text })
      if (!isFirst()) changes.coupons.push(line)
    }
    for (const id of known.keys()) {
      if (known.size <= couponsMax) break
      known.delete(id)
    }
  }

  function takeRecent(rows: readonly RecentClaim[]): void {
    const told = new Set(recent.map(keyOf))
    const fresh = isFirst() ? [] : rows.filter((claim) => !told.has(keyOf(claim)))
    changes.recent = [...fresh, ...changes.recent].slice(0, changesMax)
    recent = rows
  }

  function takeOwn(rows: readonly RecentClaim[]): void {
    if (!isFirst()) changes.own.push(...rows.filter((claim) => !ownTold.has(keyOf(claim))))
    ownTold = new Set(rows.map(keyOf))
  }

  return {
    look: async (usernames) => {
      const [before, beganMs] = [epoch, now()]
      const withinMs = isFirst() ? null : beganMs - lookedMs + overlapMs
      const [coupons, claims, own] = await Promise.all([
        reads.coupons(withinMs),
        reads.recent(null),
        usernames.length === 0 ? [] : reads.recentOf(usernames, withinMs ?? overlapMs),
      ])
      if (epoch !== before) return
      takeCoupons(coupons)
      takeRecent(claims)
      takeOwn(own)
      lookedMs = beganMs
    },
    lookedMs: () => lookedMs,
    coupons: () => [...known.values()].map(({ line }) => line).reverse(),
    recent: () => recent,
    take: () => {
      const taken = changes
      changes = noChanges()
      return taken
    },
    clear: () => {
      epoch += 1
      known.clear()
      deleted.clear()
      ownTold.clear()
      recent = []
      lookedMs = Number.NEGATIVE_INFINITY
      changes = noChanges()
    },
    size: () => known.size,
  }
}

function noChanges(): { coupons: CouponChange[]; recent: readonly RecentClaim[]; own: RecentClaim[] } {
  return { coupons: [], recent: [], own: [] }
}

/** A claim whose state changes is told again. */
function keyOf({ id, state }: RecentClaim): string {
  return `${id} ${state}`
}

/** What one viewer is shown of recent claims. */
export function recentFor(
  claims: readonly RecentClaim[],
  couponName: string | null,
  max = recentMax,
): readonly RecentClaim[] {
  const meant = couponName === null ? claims : claims.filter(({ coupon }) => coupon === couponName)
  return meant.slice(0, max)
}
