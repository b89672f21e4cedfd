import { Router } from 'express'
import type { ClaimRecords } from '../claims/life.ts'
import { type Authenticate, requireName } from './caller.ts'
import { readClaimPage } from './claim-page.ts'
import { sendSuccess } from './envelope.ts'
import { queryOf } from './fields.ts'
import { refuseOthers } from './methods.ts'

export interface MyClaimsParts {
  readonly claimRecords: ClaimRecords
  readonly authenticate: Authenticate
}

/** The claims of who asks, over all coupons, the newest first. */
export function myClaimsRoute({ claimRecords, authenticate }: MyClaimsParts): Router {
  const router = Router({ caseSensitive: true, strict: true })
  const claims = router.route('/users/me/claims')
  claims.get(async (request, response) => {
    const username = requireName(authenticate(request))
    const data = await readClaimPage(claimRecords, queryOf(request), { username })
    sendSuccess(response, { status: 200, data })
  })
  claims.all(refuseOthers('GET'))
  return router
}
