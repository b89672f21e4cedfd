import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type Response, Router } from 'express'
import { type ClaimRecords, claimStates } from '../claims/life.ts'
import { lookupName } from '../coupons/name.ts'
import { type Authenticate, requireAdmin } from './caller.ts'
import { readClaimPage } from './claim-page.ts'
import { couponNameOf } from './coupons.ts'
import { sendSuccess } from './envelope.ts'
import { queryOf, readChoice, readLookupText } from './fields.ts'
import { refuseOthers } from './methods.ts'

export interface CouponClaimsParts {
  readonly claimRecords: ClaimRecords
  readonly authenticate: Authenticate
}

/** Looked for in place of a text that Postgres cannot hold: nobody has this name. */
const nobody = ''

/** The claims of a coupon, for admins: as pages, or all of them as a CSV file. */
export function couponClaimsRoute({ claimRecords, authenticate }: CouponClaimsParts): Router {
  const router = Router({ caseSensitive: true, strict: true })
  const claims = router.route('/coupons/:coupon_name/claims')
  claims.get(async (request, response) => {
    requireAdmin(authenticate(request))
    const couponName = lookupName(couponNameOf(request))
    const search = queryOf(request)
    const user = search.get('user') ?? ''
    const owner = { couponName, username: user === '' ? undefined : (readLookupText(user) ?? nobody) }
    response.vary('Accept')
    if (request.accepts('application/json', 'text/csv') === 'text/csv') {
      const state = readChoice(search, 'state', claimStates)
      await sendCsv(response, `claims-${couponName}`, claimRecords.csv({ ...owner, state }))
      return
    }
    sendSuccess(response, { status: 200, data: await readClaimPage(claimRecords, search, owner) })
  })
  claims.all(refuseOthers('GET'))
  return router
}

/** Streams the texts at the pace of the client, and reads no more of them once it is gone. */
async function sendCsv(response: Response, name: string, texts: AsyncIterable<string>): Promise<void> {
  const iterator = texts[Symbol.asyncIterator]()
  // Whatever can be told as a fault is told before the first header.
  const first = await iterator.next()
  const fileName = `${name.replaceAll(/[^A-Za-z0-9_-]/g, '_').slice(0, 100)}.csv`
  response.statusCode = 200
  response.setHeader('Content-Type', 'text/csv; charset=utf-8; header=present')
  response.setHeader('Content-Disposition', `attachment; filename="${fileName}"`)
  if (response.req.method === 'HEAD') {
    await iterator.return?.()
    response.end()
    return
  }
  try {
    await pipeline(Readable.from(from(first, iterator), { highWaterMark: 1 }), response)
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error
  }
}

async function* from(first: IteratorResult<string>, rest: AsyncIterator<string>): AsyncGenerator<string> {
  if (first.done === true) return
  yield first.value
  yield* { [Symbol.asyncIterator]: () => rest }
}
