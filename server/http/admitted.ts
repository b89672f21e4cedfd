import type { Admission } from './admission.ts'
import type { ClaimHandler } from './claims.ts'
import { sendFault } from './envelope.ts'
import { unavailable } from './errors.ts'
import type { Refusals } from './refusals.ts'

export interface AdmittedParts {
  readonly claim: ClaimHandler
  readonly admission: Admission
  readonly refusals: Refusals
}

/**
 * The handler of claims, however their path is spelled: one that could not be answered in time is refused before its
 * body is looked at.
 */
export function admitted({ claim, admission, refusals }: AdmittedParts): ClaimHandler {
  return async (request, response) => {
    if (!admission.admits()) {
      sendFault(response, { ...unavailable, retryAfterS: refusals.add(request.socket, response) })
      return
    }
    await claim(request, response)
    if (admission.isOver()) refusals.addAnswered(request.socket, response)
  }
}
