/**
 * The one error type of the project. A code says what kind of thing went wrong; the edges decide what that
 * means there: cli/run.ts maps a code to an exit code, server/http/errors.ts to a status. Expected outcomes
 * of a claim are values, not errors (claims/claim.ts).
 */
export type AppErrorCode =
  /** The caller's words are off: a flag, an argument, a body. */
  | 'invalid'
  /** More than is taken at once: a list of usernames. */
  | 'too_large'
  /** The configuration is off. */
  | 'config'
  /** The database's schema is not the one this program was built for. */
  | 'schema'
  /** Something needed (database, Redis, a URL) cannot be reached or used. */
  | 'unreachable'
  /** The answer of the database did not come, or was lost: what was asked for may have been done. */
  | 'outcome_unknown'
  /** The user stopped the program. */
  | 'interrupted'
  /** What was asked for does not exist. */
  | 'not_found'
  | 'coupon_not_found'
  | 'user_not_found'
  /** A coupon of that name exists already. */
  | 'coupon_exists'
  | 'username_taken'
  /** A coupon's amount cannot be less than what is claimed of it. */
  | 'amount_below_claimed'

/** One fault in the caller's input: where it is and what is wrong with it. */
export interface Fault {
  readonly key: string
  readonly value: string
}

export interface AppErrorOptions {
  /** Each fault of the input, when there can be several. */
  readonly faults?: readonly Fault[]
  /** Figures that belong to the fault, by their names on the wire. */
  readonly extras?: Readonly<Record<string, unknown>>
  readonly cause?: unknown
}

export class AppError extends Error {
  readonly code: AppErrorCode
  readonly faults: readonly Fault[]
  readonly extras: Readonly<Record<string, unknown>>

  /** `message` is one or more full sentences for a person: what is wrong, where, and how to mend it. */
  constructor(code: AppErrorCode, message: string, options: AppErrorOptions = {}) {
    super(message, { cause: options.cause })
    this.name = 'AppError'
    this.code = code
    this.faults = options.faults ?? []
    this.extras = options.extras ?? {}
  }
}

/** The message of anything thrown, for a sentence of our own. */
export function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') {
    return error.errors.map(messageOf).join('; ')
  }
  return error instanceof Error ? error.message : String(error)
}
