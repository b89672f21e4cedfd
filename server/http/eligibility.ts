import { Router } from 'express'
import type { AskEligibility } from '../claims/life.ts'
import { lookupName } from '../coupons/name.ts'
import type { Authenticate } from './caller.ts'
import { claimRefusals } from './claim-refusals.ts'
import { claimantOf } from './claimant.ts'
import { sendFault, sendSuccess } from './envelope.ts'
import { couponNotFound, userNotFound } from './errors.ts'
import { readLookupText } from './fields.ts'
import { refuseOthers } from './methods.ts'

export interface EligibilityParts {
  readonly authenticate: Authenticate
  readonly askEligibility: AskEligibility
}

/** "May I claim this?", answered in the words in which a claim would be refused; all reasons, not only the first. */
export function eligibilityRoute({ authenticate, askEligibility }: EligibilityParts): Router {
  const router = Router({ caseSensitive: true, strict: true })
  const route = router.route('/coupons/:coupon_name/eligibility')
  route.get(async (request, response) => {
    const caller = authenticate(request)
    const query = new URL(request.url, 'http://localhost').searchParams
    const asked = query.get('user_id') ?? undefined
    const user = readLookupText(claimantOf(caller, asked))
    const name = readLookupText(String(request.params.coupon_name))
    if (name === undefined) return sendFault(response, couponNotFound)
    if (user === undefined) return sendFault(response, userNotFound)
    const coupon = lookupName(name)
    const reasons = await askEligibility(coupon, user)
    const codes = reasons.map(({ code }) => code)
    if (codes.includes('coupon_not_found')) return sendFault(response, couponNotFound)
    if (codes.includes('user_not_found')) return sendFault(response, userNotFound)
    sendSuccess(response, {
      status: 200,
      data: {
        eligible: reasons.length === 0,
        reasons: reasons.map(({ code, until }) => ({
          code,
          message: claimRefusals[code]({ coupon, user }, { claimId: null, until }).message,
          until,
        })),
      },
    })
  })
  route.all(refuseOthers('GET'))
  return router
}
