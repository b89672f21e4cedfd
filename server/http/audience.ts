import type { IncomingMessage } from 'node:http'
import { Router } from 'express'
import type { Coupons } from '../coupons/coupons.ts'
import { usernamesLimits, usernamesOfCsv } from '../coupons/usernames-csv.ts'
import { compressed, isCompressed } from './body.ts'
import { type Authenticate, requireAdmin } from './caller.ts'
import { couponNameOf } from './coupons.ts'
import { sendSuccess } from './envelope.ts'
import { HttpError, unavailable } from './errors.ts'
import { refuseOthers } from './methods.ts'

/**
 * Uploads at once in one process. Each holds a connection of the models as long as its client takes to send, and there
 * are five of them.
 */
const uploadsMax = 2

export interface AudienceParts {
  readonly coupons: Coupons
  readonly authenticate: Authenticate
}

/** The list of usernames that may claim a coupon, replaced as a whole by a CSV file. */
export function audienceRoutes({ coupons, authenticate }: AudienceParts): Router {
  let uploads = 0
  const router = Router({ caseSensitive: true, strict: true })
  const audience = router.route('/coupons/:coupon_name/audience')
  audience.put(async (request, response) => {
    requireAdmin(authenticate(request))
    assertCsv(request)
    if (uploads >= uploadsMax) throw new HttpError(unavailable)
    uploads += 1
    try {
      const usernames = usernamesOfCsv(chunksOf(request))
      const changed = await coupons.edit(couponNameOf(request), { audience: { kind: 'list', usernames } })
      const message = `The audience of coupon ${changed.name} is replaced successfully.`
      sendSuccess(response, { status: 200, data: changed.audience, message })
    } finally {
      uploads -= 1
    }
  })
  audience.all(refuseOthers('PUT'))
  return router
}

function assertCsv(request: IncomingMessage): void {
  const { headers } = request
  const [type = '', ...parameters] = (headers['content-type'] ?? '').split(';')
  const charset = parameters.find((each) => /^\s*charset=/i.test(each)) ?? 'charset=utf-8'
  const isCsv =
    type.trim().toLowerCase() === 'text/csv' && /^\s*charset="?(utf-?8|us-ascii)"?\s*$/i.test(charset)
  if (!isCsv) {
    const message = 'The body must be CSV in UTF-8, sent as "Content-Type: text/csv".'
    throw new HttpError({ problem: 'unsupported_body', message })
  }
  if (isCompressed(request)) throw compressed()
  if (Number(headers['content-length'] ?? 0) > usernamesLimits.bytes) {
    const message = `The list is larger than ${usernamesLimits.bytes / 1024 / 1024} MB.`
    throw new HttpError({ problem: 'body_too_large', message })
  }
}

/** The body as it comes in. It is not destroyed when the reader stops, so that the fault can still be answered. */
async function* chunksOf(request: IncomingMessage): AsyncGenerator<Uint8Array> {
  try {
    yield* request.iterator({ destroyOnReturn: false })
  } catch (error) {
    if (!request.complete) {
      const message = 'The body ended before its end; nothing was changed.'
      throw new HttpError({ problem: 'invalid_request', message })
    }
    throw error
  }
}
