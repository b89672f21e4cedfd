import { randomUUID } from 'node:crypto'
import { type RequestHandler, type Response, Router } from 'express'
import type { ClaimOutcome, ClaimStrategy } from '../claims/claim.ts'
import { lookupName } from '../coupons/name.ts'
import { readJsonObject } from './body.ts'
import { sendFault, sendSuccess } from './envelope.ts'
import { couponNotFound, type HttpFault, unavailable, userNotFound } from './errors.ts'
import { readClaimBody } from './fields.ts'

interface Claimed {
  readonly coupon: string
  readonly user: string
}

/** The one table from an outcome to its answer; null is the success. */
const answers: Readonly<Record<ClaimOutcome, (claim: Claimed) => HttpFault | null>> = {
  claimed: () => null,
  coupon_not_found: () => couponNotFound,
  user_not_found: () => userNotFound,
  already_claimed: ({ coupon, user }) => ({
    problem: 'already_claimed',
    message: `Coupon ${coupon} is already claimed by user ${user}`,
  }),
  sold_out: ({ coupon }) => ({
    problem: 'sold_out',
    message: `Coupon ${coupon} is not usable because no stock remaining`,
  }),
  busy: ({ coupon }) => ({
    problem: 'lock_busy',
    message: `Coupon ${coupon} is being claimed by others; the lock could not be acquired`,
  }),
  overloaded: () => unavailable,
  unavailable: () => unavailable,
  unknown: () => ({
    problem: 'outcome_unknown',
    message: 'The answer of the database was lost; the claim may have been stored. Ask again to find out.',
    retryAfterS: 1,
  }),
  // Nobody is left to read it.
  abandoned: () => unavailable,
}

export function claimRoute({ claims, timeoutMs }: { claims: ClaimStrategy; timeoutMs: number }): Router {
  const handle: RequestHandler = async (request, response) => {
    const { user_id: username, coupon_name } = readClaimBody(await readJsonObject(request))
    const couponName = lookupName(coupon_name)
    const outcome = await claims.claim({
      couponName,
      username,
      claimKey: randomUUID(),
      deadlineMs: performance.now() + timeoutMs,
      isAbandoned: () => request.socket.destroyed,
    })
    answer(response, outcome, { coupon: couponName, user: username })
  }
  const router = Router({ caseSensitive: true, strict: true })
  // Other methods on this path belong to a coupon named CLAIM.
  router.post('/coupons/claim', handle)
  return router
}

function answer(response: Response, outcome: ClaimOutcome, claim: Claimed): void {
  const fault = answers[outcome](claim)
  if (fault !== null) {
    sendFault(response, fault)
    return
  }
  const message = `Coupon ${claim.coupon} is successfully claimed by user ${claim.user}.`
  sendSuccess(response, { status: 200, message })
}
