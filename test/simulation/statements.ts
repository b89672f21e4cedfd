/** The statements of the product by name, as work for the model database. */
import type { SendClaims } from '../../server/claims/batch.ts'
import type { Pool } from '../../server/db/connect.ts'
import { confirmClaims, releaseClaims, sweepHolds } from './claim-changes.ts'
import { type ClaimCall, decideClaims } from './claim-coupons.ts'
import type { Connections, Statement } from './connections.ts'
import { errors } from './errors.ts'
import type { ModelDatabase } from './model-database.ts'
import { poisonName } from './plan.ts'
import {
  type CouponRow,
  couponNamed,
  dueCoupons,
  earliestHoldEnd,
  isDue,
  isLive,
  type Tables,
} from './tables.ts'

export function createSend(database: ModelDatabase, connections: Connections): SendClaims {
  return (requests, isRetry) => {
    const names = [...new Set(requests.map(({ couponName }) => couponName))]
    const isAlone = names.length <= 1
    return connections.run({
      onLocked: isAlone ? 'wait' : 'skip',
      coupons: () => couponsNamed(database.tables, names),
      decide: (locked, nowMs) => {
        if (requests.some(({ username }) => username === poisonName)) throw errors.poison
        const coupons = new Map(
          names.map((name) => [name, lockedNamed(database.tables, name, { locked, isAlone, nowMs })]),
        )
        return decideClaims(database.tables, { requests, isRetry, coupons, nowMs, isAlone })
      },
      shorten: (decisions) => decisions.slice(0, -1),
    })
  }
}

function couponsNamed(tables: Tables, names: readonly string[]): CouponRow[] {
  const found: CouponRow[] = []
  for (const name of names) {
    const coupon = couponNamed(tables, name)
    if (coupon !== undefined) found.push(coupon)
  }
  return found
}

type Found = ClaimCall['coupons'] extends ReadonlyMap<string, infer T> ? T : never

/** Who has waited for a row that was deleted meanwhile finds none, also when there is another of that name by now. */
function lockedNamed(
  tables: Tables,
  name: string,
  { locked, isAlone, nowMs }: { locked: readonly CouponRow[]; isAlone: boolean; nowMs: number },
): Found {
  const coupon = locked.find((each) => each.name === name && !each.isDeleted)
  if (isAlone) return coupon ?? null
  if (coupon === undefined) return couponNamed(tables, name) === undefined ? null : 'deferred'
  return coupon.claims.some((claim) => isDue(claim, nowMs)) ? 'deferred' : coupon
}

/** What `query` is of a pool, for all but the claims themselves. */
export function createModelPool(database: ModelDatabase, connections: Connections): Pool {
  const query = async ({ name, values }: { name: string; values: readonly never[] }) => {
    const statement = statements[name]
    if (statement === undefined) throw new Error(`The model does not know the statement "${name}".`)
    const rows = await connections.run(statement(database, ...values))
    return { rows, rowCount: rows.length }
  }
  return { query } as unknown as Pool
}

type Rows = readonly object[]

/** Reads what is committed, and locks nothing. */
function read(rows: (nowMs: number) => Rows): Statement<Rows> {
  return {
    onLocked: 'skip',
    coupons: () => [],
    decide: (_locked, nowMs) => {
      const found = rows(nowMs)
      return { changed: [], commit: () => found }
    },
  }
}

const statements: Readonly<
  Record<string, (database: ModelDatabase, ...values: readonly never[]) => Statement<Rows>>
> = {
  coupons_with_holds_due: ({ tables }) =>
    read((nowMs) => dueCoupons(tables, nowMs).map(({ id }) => ({ coupon_id: id }))),
  sweep_holds: ({ tables }, couponId) => ({
    onLocked: 'wait',
    exclusive: couponId,
    coupons: () => couponsOf(tables, [couponId]),
    decide: ([coupon], nowMs) => {
      if (coupon === undefined) return { changed: [], commit: () => [{ swept: null }] }
      const { changed, commit } = sweepHolds(coupon, nowMs)
      return { changed, commit: () => [{ swept: commit() }] }
    },
  }),
  coupon_of_claim: ({ tables }, claimId) =>
    read(() => {
      const claim = tables.claims.get(claimId)
      return claim === undefined ? [] : [{ coupon_id: claim.coupon.id }]
    }),
  release_claims: ({ tables }, couponId, claimIds) => ({
    onLocked: 'wait',
    coupons: () => couponsOf(tables, [couponId]),
    decide: ([coupon]) => releaseClaims(tables, coupon, claimIds),
  }),
  confirm_claims: ({ tables }, claimIds: readonly string[]) => ({
    onLocked: 'wait_for_all',
    coupons: () => couponsOf(tables, new Set(claimIds.map((id) => tables.claims.get(id)?.coupon.id ?? ''))),
    decide: (_locked, nowMs) => confirmClaims(tables, claimIds, nowMs),
  }),
  sold_out_coupons: ({ tables }, names) =>
    read((nowMs) =>
      couponsNamed(tables, names)
        .filter((coupon) => isSoldOut(coupon))
        .map((coupon) => soldOutRow(coupon, nowMs)),
    ),
  sold_out_coupon: ({ tables }, name) =>
    read((nowMs) =>
      couponsNamed(tables, [name])
        .filter((coupon) => isSoldOut(coupon))
        .map((coupon) => ({ ...soldOutRow(coupon, nowMs), claimants: claimantsOf(coupon) })),
    ),
}

function couponsOf(tables: Tables, ids: Iterable<string>): CouponRow[] {
  return [...ids].flatMap((id) => tables.coupons.get(id) ?? [])
}

const isSoldOut = ({ remaining, isPaused }: CouponRow) => remaining === 0 && !isPaused

function soldOutRow(coupon: CouponRow, nowMs: number) {
  const endMs = earliestHoldEnd(coupon)
  const { id, name, version } = coupon
  return { id, name, version: String(version), lasts_ms: endMs === null ? null : endMs - nowMs }
}

function claimantsOf({ claims, isReclaimable }: CouponRow): string[] {
  return claims.filter((claim) => isLive(claim) || !isReclaimable).map(({ username }) => username)
}
