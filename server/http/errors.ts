import { AppError, type Fault } from '../errors.ts'

/** The kinds of error on the wire; the first six are the original's. */
export type ErrorKind =
  | 'validation_error'
  | 'business_validation_error'
  | 'data_not_found_error'
  | 'conflict_error'
  | 'acquire_redis_lock_error'
  | 'service_unavailable_error'
  | 'outcome_unknown_error'
  | 'internal_error'

/** An answer that is not a success, as values; the envelope is made in envelope.ts. */
export interface HttpFault {
  readonly status: number
  readonly kind: ErrorKind
  readonly message: string
  readonly faults?: readonly Fault[]
  /** Seconds, for the header Retry-After. */
  readonly retryAfterS?: number
}

/** Thrown inside the HTTP layer only, by readers of bodies and queries. */
export class HttpError extends Error {
  readonly fault: HttpFault

  constructor(fault: HttpFault) {
    super(fault.message)
    this.fault = fault
  }
}

export const notFound: HttpFault = {
  status: 404,
  kind: 'data_not_found_error',
  message: 'Requested data is not found',
}

export const internalError: HttpFault = {
  status: 500,
  kind: 'internal_error',
  message: 'Internal Server Error',
}

export const unavailable: HttpFault = {
  status: 503,
  kind: 'service_unavailable_error',
  message: 'The service cannot answer right now; nothing was changed. Try again.',
  retryAfterS: 1,
}

export function validationFault(faults: readonly Fault[], status = 400): HttpFault {
  const [first] = faults
  const message =
    faults.length === 1 && first ? `${first.key} ${first.value}` : 'The request has several faults'
  return { status, kind: 'validation_error', message, faults }
}

/** What an error that reached the edge means on the wire; undefined when nobody foresaw it. */
export function faultOf(error: unknown): HttpFault | undefined {
  if (error instanceof HttpError) return error.fault
  if (error instanceof AppError) return faultOfCode(error)
  if (error instanceof URIError) {
    return { status: 400, kind: 'validation_error', message: 'The path has a faulty percent-encoding.' }
  }
  return undefined
}

function faultOfCode(error: AppError): HttpFault | undefined {
  if (error.code === 'coupon_exists') {
    return { status: 400, kind: 'business_validation_error', message: error.message }
  }
  if (error.code === 'not_found') return notFound
  if (error.code === 'unreachable') return unavailable
  return undefined
}
