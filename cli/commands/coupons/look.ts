import {
  AppError,
  type ConfigFlags,
  type CouponSort,
  type CouponState,
  couponSorts,
  couponStates,
  lookupName,
} from '../../../server/public/basics.ts'
import type { CouponSummary, Coupons } from '../../../server/public/models.ts'
import { type CommandAction, exitCodes } from '../../command.ts'
import { readWord } from '../../options.ts'
import { couponTable, couponText } from './describe.ts'
import { withCoupons } from './with-coupons.ts'

export interface ListFlags extends ConfigFlags {
  readonly state?: string
  readonly search?: string
  readonly sort?: string
  readonly json?: boolean
}

export const list: CommandAction<ListFlags> = async (flags, context) => {
  const { ui } = context
  const state = readWord('--state', flags.state, couponStates)
  const sort = readWord('--sort', flags.sort, couponSorts)
  const found = await withCoupons(flags, context, (coupons) =>
    readAll(coupons, { state, sort, search: flags.search }),
  )
  if (flags.json === true) ui.print(JSON.stringify({ coupons: found }, null, 2))
  else if (found.length === 0) ui.print('There are no such coupons.')
  else ui.print(couponTable(found, ui))
  return exitCodes.good
}

interface Filter {
  readonly state: CouponState | undefined
  readonly sort: CouponSort | undefined
  readonly search: string | undefined
}

const perPage = 1000

async function readAll(coupons: Coupons, filter: Filter): Promise<CouponSummary[]> {
  const found: CouponSummary[] = []
  for (let page = 1; ; page += 1) {
    const { data } = await coupons.list({ ...filter, page, perPage, isFull: true })
    found.push(...(data as readonly CouponSummary[]))
    if (data.length < perPage) return found
  }
}

export interface ShowFlags extends ConfigFlags {
  readonly arguments: readonly string[]
  readonly json?: boolean
}

export const show: CommandAction<ShowFlags> = async (flags, context) => {
  const [name = ''] = flags.arguments
  const found = await withCoupons(flags, context, (coupons) => coupons.find(name))
  if (found === null) throw new AppError('coupon_not_found', `There is no coupon ${lookupName(name)}.`)
  context.ui.print(flags.json === true ? JSON.stringify(found, null, 2) : couponText(found, context.ui))
  return exitCodes.good
}
