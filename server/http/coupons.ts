import { Router } from 'express'
import type { Coupons } from '../coupons/coupons.ts'
import { readJsonObject } from './body.ts'
import { sendFault, sendSuccess } from './envelope.ts'
import { couponNotFound } from './errors.ts'
import { readCouponBody, readLookupText, readPositiveInteger } from './fields.ts'
import { refuseOthers } from './methods.ts'

const perPageInitial = 20
/** More rows than this are not given on one page, whatever `per_page` asks for; `meta` says how many came. */
const perPageMax = 1000

/** Looked for in place of a text that Postgres cannot hold: no canonical name has this character. */
const inNoName = '\uFFFD'

export function couponRoutes(coupons: Coupons): Router {
  const router = Router({ caseSensitive: true, strict: true })

  const collection = router.route('/coupons')
  collection.get(async (request, response) => {
    const query = new URL(request.url, 'http://localhost').searchParams
    const page = readPositiveInteger(query, 'page', 1)
    const perPage = Math.min(readPositiveInteger(query, 'per_page', perPageInitial), perPageMax)
    const search = readLookupText(query.get('search') ?? '') ?? inNoName
    sendSuccess(response, {
      status: 200,
      data: await coupons.list({ page, perPage, search }),
    })
  })
  collection.post(async (request, response) => {
    const created = await coupons.create(readCouponBody(await readJsonObject(request)))
    const message = `Coupon ${created.name} is created successfully.`
    sendSuccess(response, { status: 201, data: created, message })
  })
  collection.all(refuseOthers('GET', 'POST'))

  const item = router.route('/coupons/:coupon_name')
  item.get(async (request, response) => {
    const name = readLookupText(String(request.params.coupon_name))
    const found = name === undefined ? null : await coupons.find(name)
    if (found === null) return sendFault(response, couponNotFound)
    sendSuccess(response, { status: 200, data: found })
  })
  item.all(refuseOthers('GET'))
  return router
}
