import { type Request, type Response, Router } from 'express'
import { lookupName } from '../coupons/name.ts'
import type { Live, ReadCurve, Refusal, Sink, Viewer } from '../live/watch.ts'
import type { Authenticate } from './caller.ts'
import { couponNameOf } from './coupons.ts'
import { sendFault, sendSuccess } from './envelope.ts'
import { couponNotFound, HttpError, type HttpFault, unavailable } from './errors.ts'
import { queryOf, readLookupText } from './fields.ts'
import { refuseOthers } from './methods.ts'

export interface LiveRouteParts {
  readonly live: Live
  readonly readCurve: ReadCurve
  readonly authenticate: Authenticate
}

const refusals: Readonly<Record<Refusal, HttpFault>> = {
  closing: unavailable,
  full: {
    problem: 'too_many_watchers',
    message: 'As many watch this server as it has places for. Try again in a while.',
    retryAfterS: 10,
  },
  too_many_of_user: {
    problem: 'too_many_requests',
    message: 'This user has as many streams open as one may have. Close one of them, and try again.',
    retryAfterS: 10,
  },
}

/** What is seen live: the stream of events, and a coupon's stock over time. */
export function liveRoutes({ live, readCurve, authenticate }: LiveRouteParts): Router {
  const router = Router({ caseSensitive: true, strict: true })

  const stream = router.route('/live')
  stream.get(async (request, response) => {
    const viewer = readViewer(request, authenticate)
    const refusal = live.refusal(viewer)
    if (refusal !== null) return sendFault(response, refusals[refusal])
    if (request.method === 'HEAD') {
      writeHead(response)
      response.end()
      return
    }
    const leave = await live.watch(viewer, () => openSink(response))
    if (response.destroyed) leave()
    else response.once('close', leave)
  })
  stream.all(refuseOthers('GET'))

  const curve = router.route('/coupons/:coupon_name/curve')
  curve.get(async (request, response) => {
    authenticate(request)
    const found = await readCurve(lookupName(couponNameOf(request)))
    if (found === null) return sendFault(response, couponNotFound)
    sendSuccess(response, { status: 200, data: found })
  })
  curve.all(refuseOthers('GET'))
  return router
}

function readViewer(request: Request, authenticate: Authenticate): Viewer {
  const { username, isAdmin } = authenticate(request)
  return {
    username,
    isAdmin,
    couponName: readCouponName(queryOf(request).get('coupon')),
    isAllowed: () => {
      try {
        return authenticate(request).isAdmin === isAdmin
      } catch {
        return false
      }
    },
  }
}

function readCouponName(given: string | null): string | null {
  if (given === null || given === '') return null
  const text = readLookupText(given)
  if (text === undefined) throw new HttpError(couponNotFound)
  return lookupName(text)
}

/**
 * The stream ends with its connection: so a frame is written as it is, in place of a chunk with a head and a tail of its
 * own for each who watches.
 */
function writeHead(response: Response): void {
  response.setHeader('Content-Type', 'text/event-stream; charset=utf-8')
  response.setHeader('Connection', 'close')
  // nginx would gather what is written.
  response.setHeader('X-Accel-Buffering', 'no')
  response.useChunkedEncodingByDefault = false
  response.flushHeaders()
}

function openSink(response: Response): Sink {
  writeHead(response)
  return {
    write: (frame) => {
      if (!response.destroyed) response.write(frame)
    },
    pendingBytes: () => response.writableLength,
    end: () => {
      response.end()
    },
    destroy: () => {
      response.destroy()
    },
  }
}
