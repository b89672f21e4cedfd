/**
 * Every kind of answer that is not a success: the one table from which status, envelope, problem details, the OpenAPI
 * document and docs/problems.md are made.
 */

/** The kinds of error in the seed's envelope; the first five are the original's. */
export type ErrorKind =
  | 'validation_error'
  | 'business_validation_error'
  | 'data_not_found_error'
  | 'conflict_error'
  | 'acquire_redis_lock_error'
  | 'coupon_not_open_error'
  | 'idempotency_error'
  | 'unauthorized_error'
  | 'forbidden_error'
  | 'rate_limit_error'
  | 'service_unavailable_error'
  | 'outcome_unknown_error'
  | 'internal_error'

export interface Problem {
  readonly status: number
  readonly kind: ErrorKind
  /** RFC 9457: the same for every occurrence. */
  readonly title: string
  /** For docs/problems.md: when it comes, and what a client should do. */
  readonly meaning: string
}

export const problems = {
  invalid_request: {
    status: 400,
    kind: 'validation_error',
    title: 'The request has a fault',
    meaning:
      'A field, a parameter, a header or a line of a CSV is missing or wrong; where it has a name or a number, `errors` tells it. Correct it.',
  },
  malformed_body: {
    status: 422,
    kind: 'validation_error',
    title: 'The body cannot be read',
    meaning: 'The body is not JSON in UTF-8. (A CSV with a fault is an `invalid_request`.)',
  },
  body_too_large: {
    status: 413,
    kind: 'validation_error',
    title: 'The body is too large',
    meaning: 'JSON bodies may have 10 kB; a list of usernames 64 MB and 1,000,000 names.',
  },
  unsupported_body: {
    status: 415,
    kind: 'validation_error',
    title: 'The body is of a kind that is not taken',
    meaning: 'A compressed body, or another Content-Type than the route takes.',
  },
  unauthenticated: {
    status: 401,
    kind: 'unauthorized_error',
    title: 'A valid access token is needed',
    meaning: 'Send `Authorization: Bearer TOKEN`. An expired token is renewed by POST /api/auth/refresh.',
  },
  invalid_credentials: {
    status: 401,
    kind: 'unauthorized_error',
    title: 'Username or password is wrong',
    meaning: 'The same for an unknown user as for a wrong password.',
  },
  invalid_refresh_token: {
    status: 401,
    kind: 'unauthorized_error',
    title: 'The refresh token is not valid',
    meaning:
      'Unknown, expired, revoked, or used before; in the last case every token of that login is revoked. Sign in again.',
  },
  forbidden: {
    status: 403,
    kind: 'forbidden_error',
    title: 'This is not allowed',
    meaning: 'The action needs the role `admin`, or another user is named than the one who is signed in.',
  },
  too_many_requests: {
    status: 429,
    kind: 'rate_limit_error',
    title: 'Too many requests',
    meaning: 'Try again after `Retry-After` seconds.',
  },
  url_not_found: {
    status: 404,
    kind: 'data_not_found_error',
    title: 'There is no such URL',
    meaning: 'The path is not one of the API.',
  },
  method_not_allowed: {
    status: 405,
    kind: 'validation_error',
    title: 'The method is not allowed',
    meaning: 'The header `Allow` names the methods of this path.',
  },
  not_found: {
    status: 404,
    kind: 'data_not_found_error',
    title: 'What was asked for does not exist',
    meaning: 'There is no such thing, or it belongs to somebody else.',
  },
  coupon_not_found: {
    status: 404,
    kind: 'data_not_found_error',
    title: 'There is no such coupon',
    meaning: 'No coupon has this name, or it was deleted.',
  },
  user_not_found: {
    status: 404,
    kind: 'data_not_found_error',
    title: 'There is no such user',
    meaning: 'No user has this username.',
  },
  coupon_exists: {
    status: 400,
    kind: 'business_validation_error',
    title: 'The name is taken',
    meaning: 'A coupon of this name, in its canonical form, exists already.',
  },
  username_taken: {
    status: 409,
    kind: 'conflict_error',
    title: 'The username is taken',
    meaning: 'Choose another one.',
  },
  amount_below_claimed: {
    status: 409,
    kind: 'conflict_error',
    title: 'The amount is below what is claimed',
    meaning: '`claimed` says how many units are taken; the amount can be lowered to that.',
  },
  already_claimed: {
    status: 409,
    kind: 'conflict_error',
    title: 'The user has this coupon already',
    meaning:
      '`claim_id` is the claim that stands. Also told when it was given back and the coupon is not `reclaimable`.',
  },
  not_started: {
    status: 400,
    kind: 'coupon_not_open_error',
    title: 'The coupon cannot be claimed yet',
    meaning: '`starts_at` says from when.',
  },
  ended: {
    status: 400,
    kind: 'coupon_not_open_error',
    title: 'The coupon can no longer be claimed',
    meaning: 'Its end has passed.',
  },
  paused: {
    status: 400,
    kind: 'coupon_not_open_error',
    title: 'The coupon is paused',
    meaning: 'An admin has paused it; it may be resumed.',
  },
  not_in_audience: {
    status: 403,
    kind: 'forbidden_error',
    title: 'The coupon is not for this user',
    meaning: "The user does not belong to the coupon's audience.",
  },
  sold_out: {
    status: 400,
    kind: 'business_validation_error',
    title: 'None is left',
    meaning: '`remaining` is 0. It may rise again, when a claim is given back or the amount is raised.',
  },
  claim_expired: {
    status: 409,
    kind: 'conflict_error',
    title: 'The hold has run out',
    meaning: 'The unit was given back. Claim again, if some are left.',
  },
  claim_released: {
    status: 409,
    kind: 'conflict_error',
    title: 'The claim was given back',
    meaning: 'A claim that was released cannot be confirmed.',
  },
  key_reused: {
    status: 422,
    kind: 'idempotency_error',
    title: 'The Idempotency-Key belongs to another request',
    meaning: 'The same key came with another payload before. Use a new key for each new request.',
  },
  in_progress: {
    status: 409,
    kind: 'idempotency_error',
    title: 'A request with this Idempotency-Key is still under way',
    meaning: 'Send it again after `Retry-After` seconds: the answer will be that of the first one.',
  },
  lock_busy: {
    status: 409,
    kind: 'acquire_redis_lock_error',
    title: 'The lock could not be had',
    meaning: 'Only with the strategy `lock`: nothing was changed, and stock may be left. Try again.',
  },
  unavailable: {
    status: 503,
    kind: 'service_unavailable_error',
    title: 'The service cannot answer right now',
    meaning: 'Nothing was changed. Try again after `Retry-After` seconds.',
  },
  too_many_watchers: {
    status: 503,
    kind: 'service_unavailable_error',
    title: 'No place to watch from is left',
    meaning:
      'As many streams are open in this process as `live.watchers` allows. Try again after `Retry-After` seconds.',
  },
  outcome_unknown: {
    status: 503,
    kind: 'outcome_unknown_error',
    title: 'The outcome is not known',
    meaning:
      'The answer of the database was lost; what was asked for may have been done. Send the same request again, best with the same Idempotency-Key, to find out.',
  },
  internal_error: {
    status: 500,
    kind: 'internal_error',
    title: 'Internal Server Error',
    meaning: 'A fault of the service that nobody foresaw; `reference_id` leads to its log lines.',
  },
} as const satisfies Readonly<Record<string, Problem>>

export type ProblemName = keyof typeof problems
