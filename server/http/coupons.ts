import { type RequestHandler, Router } from 'express'
import type { Coupons } from '../coupons/coupons.ts'
import type { CouponQuery } from '../coupons/list.ts'
import { couponSorts } from '../coupons/sort.ts'
import { couponStates } from '../coupons/state.ts'
import { readJsonObject } from './body.ts'
import { type Authenticate, requireAdmin } from './caller.ts'
import { readCouponBody, readCouponChanges } from './coupon-fields.ts'
import { sendFault, sendSuccess } from './envelope.ts'
import { couponNotFound, HttpError } from './errors.ts'
import { queryOf, readChoice, readLookupText, readPositiveInteger } from './fields.ts'
import { refuseOthers } from './methods.ts'

const perPageInitial = 20
/** More rows than this are not given on one page, whatever `per_page` asks for; `meta` says how many came. */
const perPageMax = 1000

/** Looked for in place of a text that Postgres cannot hold: no canonical name has this character. */
const inNoName = '\uFFFD'

export interface CouponParts {
  readonly coupons: Coupons
  readonly authenticate: Authenticate
}

export function couponRoutes({ coupons, authenticate }: CouponParts): Router {
  const router = Router({ caseSensitive: true, strict: true })

  const collection = router.route('/coupons')
  collection.get(async (request, response) => {
    authenticate(request)
    sendSuccess(response, { status: 200, data: await coupons.list(readQuery(queryOf(request))) })
  })
  collection.post(async (request, response) => {
    requireAdmin(authenticate(request))
    const created = await coupons.create(readCouponBody(await readJsonObject(request)))
    const message = `Coupon ${created.name} is created successfully.`
    sendSuccess(response, { status: 201, data: created, message })
  })
  collection.all(refuseOthers('GET', 'POST'))

  const item = router.route('/coupons/:coupon_name')
  item.get(async (request, response) => {
    const { isAdmin, username } = authenticate(request)
    // Who else has it is none of a user's business.
    const options = isAdmin ? {} : { onlyUser: username ?? '' }
    const found = await coupons.find(couponNameOf(request), options)
    if (found === null) return sendFault(response, couponNotFound)
    sendSuccess(response, { status: 200, data: found })
  })
  item.patch(async (request, response) => {
    requireAdmin(authenticate(request))
    const changes = readCouponChanges(await readJsonObject(request))
    const changed = await coupons.edit(couponNameOf(request), changes)
    const message = `Coupon ${changed.name} is changed successfully.`
    sendSuccess(response, { status: 200, data: changed, message })
  })
  item.delete(async (request, response) => {
    requireAdmin(authenticate(request))
    const { name } = await coupons.remove(couponNameOf(request))
    sendSuccess(response, { status: 200, message: `Coupon ${name} is deleted successfully.` })
  })
  item.all(refuseOthers('GET', 'PATCH', 'DELETE'))
  return router
}

function readQuery(query: URLSearchParams): CouponQuery {
  return {
    page: readPositiveInteger(query, 'page', 1),
    perPage: Math.min(readPositiveInteger(query, 'per_page', perPageInitial), perPageMax),
    search: readLookupText(query.get('search') ?? '') ?? inNoName,
    state: readChoice(query, 'state', couponStates),
    sort: readChoice(query, 'sort', couponSorts),
    isFull: readChoice(query, 'view', ['full']) !== undefined,
  }
}

/** The name in the path. Throws `HttpError` 404 for a text that no name can be equal to. */
export function couponNameOf(request: Parameters<RequestHandler>[0]): string {
  const name = readLookupText(String(request.params.coupon_name))
  if (name === undefined) throw new HttpError(couponNotFound)
  return name
}
