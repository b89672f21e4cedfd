import { literal, Op, type Order, type WhereOptions } from 'sequelize'
import type { Sequelize } from 'sequelize-typescript'
import { Coupon } from '../db/models/coupon.ts'
import type { CouponSort, CouponSortKey } from './sort.ts'
import { type CouponState, stateSql } from './state.ts'
import { type CouponSummary, summaryOf } from './summary.ts'

export interface CouponPage {
  /** `name` and `amount`, as in the original; with `isFull` all of the summary. */
  readonly data: readonly (Pick<CouponSummary, 'name' | 'amount'> | CouponSummary)[]
  /** `per_page` is the number of rows on this page, as in the original. */
  readonly meta: {
    readonly page: number
    readonly per_page: number
    readonly page_count: number
    readonly total: number
  }
}

export interface CouponQuery {
  /** From 1. */
  readonly page: number
  readonly perPage: number
  /** A case-insensitive part of the name, taken literally. */
  readonly search?: string | undefined
  readonly state?: CouponState | undefined
  /** Oldest first when it is not said. */
  readonly sort?: CouponSort | undefined
  readonly isFull?: boolean | undefined
}

const sortColumns = {
  // By code points: other collations skip the `_` in it.
  name: literal('"Coupon"."name" COLLATE "C"'),
  created_at: 'created_at',
  amount: 'amount',
  remaining: 'remaining_amount',
  starts_at: 'starts_at',
  ends_at: 'ends_at',
} as const satisfies Record<CouponSortKey, unknown>

/** A list over the coupons of one database; the filter and the order are the database's work, so pages are exact. */
export function createCouponList(models: Sequelize): (query: CouponQuery) => Promise<CouponPage> {
  const coupons = models.getRepository(Coupon)
  return async ({ page, perPage, isFull = false, ...query }) => {
    const { rows, count } = await coupons.findAndCountAll({
      where: conditionOf(query),
      attributes: isFull ? { include: [[literal(stateSql), 'state']] } : ['name', 'amount'],
      order: orderOf(query.sort),
      limit: perPage,
      offset: (page - 1) * perPage,
    })
    return {
      data: rows.map((row) => (isFull ? summaryOf(row) : { name: row.name, amount: row.amount })),
      meta: { page, per_page: rows.length, page_count: Math.ceil(count / perPage), total: count },
    }
  }
}

function conditionOf({ search = '', state }: Pick<CouponQuery, 'search' | 'state'>): WhereOptions<Coupon> {
  return {
    ...(search !== '' && { name: { [Op.iLike]: `%${escapeLike(search)}%` } }),
    ...(state !== undefined && { [Op.and]: [literal(`(${stateSql}) = '${state}'`)] }),
  }
}

/** The oldest first among equals. No start is the earliest of all starts, no end the latest of all ends. */
function orderOf(sort: CouponSort | undefined): Order {
  const oldestFirst: [string, string] = ['id', 'ASC']
  if (sort === undefined) return [oldestFirst]
  const isDescending = sort.startsWith('-')
  const key = (isDescending ? sort.slice(1) : sort) as CouponSortKey
  const direction = isDescending ? 'DESC' : 'ASC'
  const nulls = key !== 'starts_at' ? '' : isDescending ? ' NULLS LAST' : ' NULLS FIRST'
  return [[sortColumns[key], `${direction}${nulls}`], oldestFirst]
}

/** Sequelize quotes the text for SQL; what LIKE itself takes as special is ours to escape. */
function escapeLike(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&')
}
