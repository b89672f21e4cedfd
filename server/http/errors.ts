import { AppError, type Fault } from '../errors.ts'
import type { ProblemName } from './problems.ts'

/** An answer that is not a success, as values; envelope.ts makes it an envelope or problem details. */
export interface HttpFault {
  readonly problem: ProblemName
  /** What happened, in this case; a full sentence without secrets. */
  readonly message: string
  readonly faults?: readonly Fault[]
  /** Seconds, for the header Retry-After and the member `retry_after`. */
  readonly retryAfterS?: number
  /** Members of the problem details alone: `remaining`, `starts_at`, `claim_id`, `claimed`. */
  readonly extras?: Readonly<Record<string, unknown>>
}

/** Thrown inside the HTTP layer only, by what reads requests. */
export class HttpError extends Error {
  readonly fault: HttpFault

  constructor(fault: HttpFault) {
    super(fault.message)
    this.fault = fault
  }
}

/** The original's words for whatever does not exist. */
const notFoundMessage = 'Requested data is not found'

export const notFound: HttpFault = { problem: 'not_found', message: notFoundMessage }
export const couponNotFound: HttpFault = { problem: 'coupon_not_found', message: notFoundMessage }
export const userNotFound: HttpFault = { problem: 'user_not_found', message: notFoundMessage }

export const internalError: HttpFault = { problem: 'internal_error', message: 'Internal Server Error' }

export const unavailable: HttpFault = {
  problem: 'unavailable',
  message: 'The service cannot answer right now; nothing was changed. Try again.',
  retryAfterS: 1,
}

export const changeUnknown: HttpFault = {
  problem: 'outcome_unknown',
  message: 'The answer of the database was lost; the change may have been stored. Ask again to find out.',
  retryAfterS: 1,
}

export function validationFault(faults: readonly Fault[]): HttpFault {
  const [first] = faults
  const message =
    faults.length === 1 && first ? `${first.key} ${first.value}` : 'The request has several faults'
  return { problem: 'invalid_request', message, faults }
}

/** What an error that reached the edge means on the wire; undefined when nobody foresaw it. */
export function faultOf(error: unknown): HttpFault | undefined {
  if (error instanceof HttpError) return error.fault
  if (error instanceof AppError) return faultOfCode(error)
  if (error instanceof URIError) {
    return { problem: 'invalid_request', message: 'The path has a faulty percent-encoding.' }
  }
  return undefined
}

function faultOfCode(error: AppError): HttpFault | undefined {
  const { code, message, faults, extras } = error
  switch (code) {
    case 'invalid':
      return faults.length > 0 ? validationFault(faults) : { problem: 'invalid_request', message }
    case 'too_large':
      return { problem: 'body_too_large', message }
    case 'not_found':
      return notFound
    case 'coupon_not_found':
      return couponNotFound
    case 'user_not_found':
      return userNotFound
    case 'coupon_exists':
    case 'username_taken':
      return { problem: code, message }
    case 'amount_below_claimed':
      return { problem: code, message, extras }
    case 'unreachable':
      return unavailable
    case 'outcome_unknown':
      return changeUnknown
    default:
      return undefined
  }
}
