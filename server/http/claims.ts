import type { Request, Response } from 'express'
import type { Limits } from '../auth/limits.ts'
import type { ClaimDecision, ClaimRequest, ClaimStrategy } from '../claims/claim.ts'
import { lookupName } from '../coupons/name.ts'
import type { Meters } from '../metrics/meters.ts'
import type { Admission } from './admission.ts'
import { readJsonObject } from './body.ts'
import type { Authenticate } from './caller.ts'
import { type Asked, claimRefusals } from './claim-refusals.ts'
import { claimantOf } from './claimant.ts'
import { sendFault, sendSuccess } from './envelope.ts'
import { readClaimBody } from './fields.ts'
import { requestKeyOf } from './idempotency.ts'
import { assertWithin } from './limit.ts'
import type { Slices } from './slices.ts'
import { traceOf } from './trace.ts'

export interface ClaimRouteParts {
  readonly apiPrefix: string
  readonly timeoutMs: number
  /** True in open mode, where a plain claim is answered as by the original, to the byte. */
  readonly isOpen: boolean
  readonly claims: ClaimStrategy
  readonly authenticate: Authenticate
  readonly limits: Pick<Limits, 'claim'>
  readonly meters: Pick<Meters, 'claim'>
  readonly admission: Admission
  readonly slices: Slices
}

export type ClaimHandler = (request: Request, response: Response) => Promise<void>

/** `POST /coupons/claim`. */
export function claimHandler(parts: ClaimRouteParts): ClaimHandler {
  const { claims, timeoutMs, isOpen, authenticate, limits, meters, apiPrefix, admission, slices } = parts
  async function decide(claim: ClaimRequest): Promise<ClaimDecision> {
    try {
      return await claims.claim(claim)
    } finally {
      admission.decided()
    }
  }

  return async (request, response) => {
    const caller = authenticate(request)
    const body = await readJsonObject(request)
    const { user_id, coupon_name, hold_seconds } = readClaimBody(body, { isNamed: caller.username !== null })
    const username = claimantOf(caller, user_id)
    if (limits.claim !== null) assertWithin(await limits.claim(username))
    const couponName = lookupName(coupon_name)
    const key = requestKeyOf(request, caller.username, [username, couponName, hold_seconds ?? null])
    const beganMs = performance.now()
    let decision: ClaimDecision
    admission.began()
    try {
      decision = await decide({
        couponName,
        username,
        ...key,
        holdSeconds: hold_seconds,
        isUserKnown: caller.username === username,
        deadlineMs: beganMs + timeoutMs,
        isAbandoned: () => request.socket.destroyed,
        trace: traceOf(response),
      })
      const turn = slices.turn()
      if (turn !== null) await turn
    } finally {
      admission.ended()
    }
    meters.claim(decision.outcome, performance.now() - beganMs)
    // Without a key of the caller's, what was found again is what an attempt of our own had left.
    if (decision.isReplay && key.payloadHash !== undefined) response.setHeader('Idempotent-Replayed', 'true')
    const asked = { coupon: couponName, user: username }
    if (decision.outcome !== 'claimed') {
      sendFault(response, claimRefusals[decision.outcome](asked, decision))
      return
    }
    const isPlain = isOpen && hold_seconds === undefined && key.payloadHash === undefined
    response.setHeader('Location', `${apiPrefix}/claims/${decision.claimId}`)
    answerWin(response, { ...asked, isPlain, isHeld: hold_seconds !== undefined }, decision)
  }
}

/** What is told is what was committed, also when it is told again after the claim has changed. */
function answerWin(
  response: Response,
  asked: Asked & { isPlain: boolean; isHeld: boolean },
  { claimId, until }: ClaimDecision,
): void {
  const { coupon, user, isPlain, isHeld } = asked
  const message =
    isHeld && until !== null
      ? `Coupon ${coupon} is held for user ${user} until ${until.toISOString()}.`
      : `Coupon ${coupon} is successfully claimed by user ${user}.`
  const data = { claim_id: claimId, state: isHeld ? 'held' : 'confirmed', held_until: until }
  sendSuccess(response, isPlain ? { status: 200, message } : { status: 200, data, message })
}
