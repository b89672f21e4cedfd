import { type Request, type Response, Router } from 'express'
import type { ChangeOutcome, ClaimLife, ClaimRecord, ClaimRecords } from '../claims/life.ts'
import { readOptionalJsonObject } from './body.ts'
import { type Authenticate, type Caller, requireName } from './caller.ts'
import { correlationIdOf, sendFault, sendSuccess } from './envelope.ts'
import { changeUnknown, HttpError, type HttpFault, notFound, unavailable } from './errors.ts'
import { readReasonBody } from './fields.ts'
import { refuseOthers } from './methods.ts'

export interface ClaimLifeParts {
  readonly timeoutMs: number
  readonly authenticate: Authenticate
  readonly life: ClaimLife
  readonly claimRecords: Pick<ClaimRecords, 'find' | 'events'>
}

/** What a change that did not come about is told; the state is the one the claim was found in. */
const refusals: Readonly<Record<Exclude<ChangeOutcome, 'held'>, (id: string) => HttpFault>> = {
  not_found: () => notFound,
  confirmed: (id) => ({ problem: 'internal_error', message: `Claim ${id} is confirmed.` }),
  expired: (id) => ({
    problem: 'claim_expired',
    message: `Claim ${id} was held for a time that has run out; its unit was given back.`,
    extras: { claim_id: id },
  }),
  released: (id) => ({
    problem: 'claim_released',
    message: `Claim ${id} was given back and cannot be confirmed.`,
    extras: { claim_id: id },
  }),
  overloaded: () => unavailable,
  unavailable: () => unavailable,
  unknown: () => changeUnknown,
}

export function claimLifeRoutes({ timeoutMs, authenticate, life, claimRecords }: ClaimLifeParts): Router {
  const router = Router({ caseSensitive: true, strict: true })

  /** The claim, if it is the caller's or the caller an admin; to anybody else it does not exist. */
  async function findOwn(caller: Caller, request: Request): Promise<ClaimRecord> {
    const id = String(request.params.claim_id)
    const claim = /^[1-9]\d{0,17}$/.test(id) ? await claimRecords.find(id) : null
    if (claim !== null && (caller.isAdmin || claim.user_id === requireName(caller))) return claim
    throw new HttpError(notFound)
  }

  function change(verb: 'confirm' | 'release', wanted: 'confirmed' | 'released', done: string) {
    return async (request: Request, response: Response): Promise<void> => {
      // Also what it takes to find the claim counts: a database that is slow is waited for once, not twice.
      const deadlineMs = performance.now() + timeoutMs
      const caller = authenticate(request)
      const reason = readReasonBody((await readOptionalJsonObject(request)) ?? {})
      const { id, coupon_name, user_id } = await findOwn(caller, request)
      const asked = {
        actor: caller.username ?? 'anonymous',
        reason,
        correlationId: correlationIdOf(response),
      }
      const outcome = await life[verb](id, asked, deadlineMs)
      if (outcome !== wanted) {
        sendFault(response, outcome === 'held' ? unavailable : refusals[outcome](id))
        return
      }
      const data = { claim_id: id, coupon_name, user_id, state: outcome }
      sendSuccess(response, { status: 200, data, message: `Claim ${id} is ${done}.` })
    }
  }

  const confirm = router.route('/claims/:claim_id/confirm')
  confirm.post(change('confirm', 'confirmed', 'confirmed'))
  confirm.all(refuseOthers('POST'))

  const events = router.route('/claims/:claim_id/events')
  events.get(async (request, response) => {
    const caller = authenticate(request)
    // Both at once: one after the other they may each take context.timeout. Whose claim it is decides who is shown them.
    const [, data] = await Promise.all([
      findOwn(caller, request),
      claimRecords.events(String(request.params.claim_id)),
    ])
    sendSuccess(response, { status: 200, data })
  })
  events.all(refuseOthers('GET'))

  const item = router.route('/claims/:claim_id')
  item.get(async (request, response) => {
    sendSuccess(response, { status: 200, data: await findOwn(authenticate(request), request) })
  })
  item.delete(change('release', 'released', 'given back'))
  item.all(refuseOthers('GET', 'DELETE'))
  return router
}
