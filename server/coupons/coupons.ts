import { Op } from 'sequelize'
import type { Sequelize } from 'sequelize-typescript'
import { Coupon } from '../db/models/coupon.ts'
import { User } from '../db/models/user.ts'
import { UserClaim } from '../db/models/user-claim.ts'
import { isUniqueViolation } from '../db/sqlstate.ts'
import { AppError } from '../errors.ts'
import { canonicalName, lookupName } from './name.ts'

export interface CouponDetail {
  readonly name: string
  readonly amount: number
  readonly remaining_amount: number
  /** Usernames, in the order of their claims. */
  readonly claimed_by: readonly string[]
}

export interface CouponPage {
  readonly data: readonly { readonly name: string; readonly amount: number }[]
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
}

export interface Coupons {
  /** One page of the coupons, oldest first. */
  list(query: CouponQuery): Promise<CouponPage>
  /** The coupon and who has it, or null when there is none of that name. */
  find(name: string): Promise<CouponDetail | null>
  /**
   * Throws `AppError('coupon_exists')` when the canonical name is taken. `name` must not be empty in that form.
   */
  create(wanted: { readonly name: string; readonly amount: number }): Promise<CouponDetail>
}

/** The coupons of one database, as plain objects. */
export function createCoupons(models: Sequelize): Coupons {
  const coupons = models.getRepository(Coupon)
  const users = models.getRepository(User)
  const claims = models.getRepository(UserClaim)

  return {
    list: async ({ page, perPage, search = '' }) => {
      const { rows, count } = await coupons.findAndCountAll({
        where: search === '' ? {} : { name: { [Op.iLike]: `%${escapeLike(search)}%` } },
        order: [['id', 'ASC']],
        limit: perPage,
        offset: (page - 1) * perPage,
      })
      return {
        data: rows.map(({ name, amount }) => ({ name, amount })),
        meta: { page, per_page: rows.length, page_count: Math.ceil(count / perPage), total: count },
      }
    },

    find: async (name) => {
      const coupon = await coupons.findOne({ where: { name: lookupName(name) } })
      if (coupon === null) return null
      const held = await claims.findAll({
        where: { coupon_id: coupon.id },
        attributes: ['id'],
        // A claim outlives its user's soft deletion, and so does the name on it.
        include: [{ model: users, attributes: ['username'], paranoid: false, required: true }],
        order: [['id', 'ASC']],
      })
      return detail(
        coupon,
        held.flatMap(({ user }) => (user === undefined ? [] : [user.username])),
      )
    },

    create: async ({ name, amount }) => {
      const canonical = canonicalName(name)
      try {
        return detail(await coupons.create({ name: canonical, amount, remaining_amount: amount }), [])
      } catch (error) {
        if (!isUniqueViolation((error as { parent?: unknown }).parent)) throw error
        throw new AppError('coupon_exists', `Create Failed. Coupon with name '${canonical}' already exists.`)
      }
    },
  }
}

function detail({ name, amount, remaining_amount }: Coupon, claimedBy: readonly string[]): CouponDetail {
  return { name, amount, remaining_amount, claimed_by: claimedBy }
}

/** Sequelize quotes the text for SQL; what LIKE itself takes as special is ours to escape. */
function escapeLike(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&')
}
