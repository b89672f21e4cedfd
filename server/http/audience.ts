import type { IncomingMessage } from 'node:http'
import { Router } from 'express'
import { createBounded } from '../bounded.ts'
import type { Coupons } from '../coupons/coupons.ts'
import { usernamesLimits, usernamesOfCsv } from '../coupons/usernames-csv.ts'
import type { Meters } from '../metrics/meters.ts'
import { compressed, isCompressed } from './body.ts'
import { type Authenticate, requireAdmin } from './caller.ts'
import { couponNameOf } from './coupons.ts'
import { sendSuccess } from './envelope.ts'
import { HttpError } from './errors.ts'
import { refuseOthers } from './methods.ts'

/**
 * Uploads at once in one process. Each holds a connection of the models as long as its client takes to send, and there
 * are five of them.
 */
const bounds = { concurrencyMax: 2, queueMax: 16, refusal: 'Too many lists of usernames are being read.' }
/** How long one more waits for its turn, of `timeoutMs`: those before it on a database that is silent have not ended by then. */
const waitShare = 1 / 2

export interface AudienceParts {
  readonly coupons: Coupons
  readonly authenticate: Authenticate
  readonly timeoutMs: number
  readonly meters: Pick<Meters, 'watch'>
}

/** The list of usernames that may claim a coupon, replaced as a whole by a CSV file. */
export function audienceRoutes({ coupons, authenticate, timeoutMs, meters }: AudienceParts): Router {
  const uploads = createBounded({ ...bounds, waitMs: timeoutMs * waitShare })
  meters.watch('uploads_running', bounds.concurrencyMax, uploads.running)
  meters.watch('uploads_waiting', bounds.queueMax, uploads.waiting)
  const router = Router({ caseSensitive: true, strict: true })
  const audience = router.route('/coupons/:coupon_name/audience')
  audience.put(async (request, response) => {
    requireAdmin(authenticate(request))
    assertCsv(request)
    const name = couponNameOf(request)
    const changed = await uploads.run(() => {
      const usernames = usernamesOfCsv(chunksOf(request))
      return coupons.edit(name, { audience: { kind: 'list', usernames } })
    })
    const message = `The audience of coupon ${changed.name} is replaced successfully.`
    sendSuccess(response, { status: 200, data: changed.audience, message })
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
