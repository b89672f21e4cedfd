import type { IncomingMessage } from 'node:http'
import { HttpError } from './errors.ts'

/** Who sent a request, as far as its token says. */
export interface Caller {
  /** Null in open mode without a valid token. */
  readonly username: string | null
  /** True for everybody in open mode, where the original's rule holds: anyone can do anything. */
  readonly isAdmin: boolean
}

/** Throws `HttpError` 401 in token mode without a valid access token. Synchronous: it stands on the claim path. */
export type Authenticate = (request: IncomingMessage) => Caller

/** Throws `HttpError` 403 for a caller who is no admin. */
export function requireAdmin(caller: Caller): Caller {
  if (caller.isAdmin) return caller
  throw new HttpError({ problem: 'forbidden', message: 'This needs the role admin.' })
}

/** The name of a caller who must have one. Throws `HttpError` 401. */
export function requireName({ username }: Caller): string {
  if (username !== null) return username
  throw new HttpError({
    problem: 'unauthenticated',
    message: 'This needs to know who asks: send an access token, as "Authorization: Bearer TOKEN".',
  })
}
