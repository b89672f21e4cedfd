import { type FindOptions, literal, type Transaction } from 'sequelize'
import type { Sequelize } from 'sequelize-typescript'
import { Coupon } from '../db/models/coupon.ts'
import { isUniqueViolation } from '../db/sqlstate.ts'
import { inTransaction } from '../db/transaction.ts'
import { AppError } from '../errors.ts'
import { removeCurrentMembers, storeAudience } from './audience.ts'
import { type CouponPage, type CouponQuery, createCouponList } from './list.ts'
import { canonicalName, lookupName } from './name.ts'
import { stateSql } from './state.ts'
import { type CouponSummary, summaryOf } from './summary.ts'
import { assertPeriod, type TermsWish } from './terms.ts'

export interface CouponDetail extends CouponSummary {
  /** Usernames, in the order of their live claims; at most `claimedByMax`. */
  readonly claimed_by: readonly string[]
}

export const claimedByMax = 1000

export interface NewCoupon extends TermsWish {
  /** Not empty in its canonical form. */
  readonly name: string
  /** From 1. */
  readonly amount: number
}

/** What is left out stays as it is. */
export interface CouponChanges extends TermsWish {
  readonly amount?: number | undefined
}

export interface Coupons {
  /** One page of the coupons, oldest first unless it is said otherwise. */
  list(query: CouponQuery): Promise<CouponPage>
  /** The coupon and who has it, or null when there is none of that name. `onlyUser` leaves all others out. */
  find(name: string, options?: { readonly onlyUser?: string | null }): Promise<CouponDetail | null>
  /**
   * Throws `AppError`: `coupon_exists` when the canonical name is taken, `invalid` for a coupon that would end
   * before it starts.
   */
  create(wanted: NewCoupon): Promise<CouponDetail>
  /**
   * All of the changes or, when it throws, none; so a list whose reading fails changes nothing. Throws `AppError`:
   * `coupon_not_found`, `amount_below_claimed`, `invalid` for a coupon that would end before it starts, and
   * whatever reading the list of usernames throws.
   */
  edit(name: string, changes: CouponChanges): Promise<CouponDetail>
  /** Its claims are kept, and its name is free again. Throws `AppError('coupon_not_found')`. */
  remove(name: string): Promise<{ readonly name: string }>
}

/** The coupons of one database, as plain objects. */
export function createCoupons(models: Sequelize, onChange: (name: string) => void = () => {}): Coupons {
  const coupons = models.getRepository(Coupon)

  async function read(options: FindOptions, onlyUser: string | null): Promise<CouponDetail | null> {
    // One statement, so that the figures and the names are of one moment.
    const claimedBy = claimedBySql(onlyUser === null ? null : models.escape(onlyUser))
    const found = await coupons.findOne({
      ...options,
      attributes: {
        include: [
          [literal(stateSql), 'state'],
          [literal(claimedBy), 'claimed_by'],
        ],
      },
    })
    return found === null ? null : { ...summaryOf(found), claimed_by: found.get('claimed_by') as string[] }
  }

  async function readAgain(id: string, transaction: Transaction): Promise<CouponDetail> {
    return (await read({ where: { id }, transaction }, null)) ?? raise(notFound(id))
  }

  /** The audience first, the row last: claims wait for nobody while a list is loaded. */
  async function edit(name: string, { amount, audience, ...terms }: CouponChanges): Promise<CouponDetail> {
    return inTransaction(models, async (transaction) => {
      const where = { name: lookupName(name) }
      const known = await coupons.findOne({ where, attributes: ['id'], transaction })
      const { id } = known ?? raise(notFound(where.name))
      const columns = audience && (await storeAudience(models, audience, transaction))
      if (columns !== undefined) await removeCurrentMembers(models, id, transaction)
      const lock = transaction.LOCK.NO_KEY_UPDATE
      // By its id: in the meantime the name may have gone to another coupon.
      const coupon =
        (await coupons.findOne({ where: { id }, lock, transaction })) ?? raise(notFound(where.name))
      coupon.set({ ...withoutGaps(terms), ...columns })
      assertPeriod(coupon.starts_at, coupon.ends_at)
      if (amount !== undefined) changeAmount(coupon, amount)
      await coupon.save({ transaction })
      return readAgain(id, transaction)
    })
  }

  return {
    list: createCouponList(models),
    find: (name, { onlyUser = null } = {}) => read({ where: { name: lookupName(name) } }, onlyUser),
    create: async ({ name, amount, audience = { kind: 'everyone' }, ...terms }) => {
      assertPeriod(terms.starts_at ?? null, terms.ends_at ?? null)
      const canonical = canonicalName(name)
      const created = await inTransaction(models, async (transaction) => {
        const columns = await storeAudience(models, audience, transaction)
        const row = { ...withoutGaps(terms), ...columns, name: canonical, amount, remaining_amount: amount }
        try {
          const { id } = await coupons.create(row, { transaction })
          return await readAgain(id, transaction)
        } catch (error) {
          if (!isUniqueViolation((error as { parent?: unknown }).parent)) throw error
          throw new AppError(
            'coupon_exists',
            `Create Failed. Coupon with name '${canonical}' already exists.`,
          )
        }
      })
      onChange(created.name)
      return created
    },
    edit: async (name, changes) => {
      const changed = await edit(name, changes)
      onChange(changed.name)
      return changed
    },
    remove: async (name) => {
      const where = { name: lookupName(name) }
      if ((await coupons.destroy({ where })) === 0) throw notFound(where.name)
      onChange(where.name)
      return where
    },
  }
}

/** $user already quoted, or null for all. A claim outlives its user's soft deletion, and so does the name on it. */
function claimedBySql(user: string | null): string {
  const isUser = user === null ? '' : `AND k.user_id = (SELECT id FROM users WHERE username = ${user})`
  return `ARRAY(
    SELECT u.username::text FROM user_claims k JOIN users u ON u.id = k.user_id
    WHERE k.coupon_id = "Coupon"."id" AND k.state IN ('held', 'confirmed') ${isUser}
    ORDER BY k.id LIMIT ${claimedByMax}
  )`
}

/** The coupon's row must be locked: what is claimed of it is then final until the transaction ends. */
function changeAmount(coupon: Coupon, amount: number): void {
  const claimed = coupon.amount - coupon.remaining_amount
  if (amount < claimed) {
    throw new AppError(
      'amount_below_claimed',
      `The amount cannot be ${amount}: ${claimed} of coupon ${coupon.name} are claimed.`,
      { extras: { claimed } },
    )
  }
  coupon.set({ amount, remaining_amount: amount - claimed })
}

/** An attribute of `undefined` would be written as NULL. */
function withoutGaps<T extends object>(values: T): Partial<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<T>
}

function notFound(name: string): AppError {
  return new AppError('coupon_not_found', `There is no coupon ${name}.`)
}

function raise(error: Error): never {
  throw error
}
