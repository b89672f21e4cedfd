import type { IncomingMessage } from 'node:http'
import type { Identity } from '../auth/tokens.ts'
import type { AuthMode } from '../config/auth-modes.ts'
import type { Authenticate, Caller } from './caller.ts'
import { HttpError } from './errors.ts'

export interface AuthenticateParts {
  readonly mode: AuthMode
  readonly verify: (token: string) => Identity | null
}

/** In open mode everybody is an admin, and a token that is not valid is none. */
export function createAuthenticate({ mode, verify }: AuthenticateParts): Authenticate {
  if (mode === 'open') {
    return (request) => {
      const token = tokenIn(request)
      return { username: token === null ? null : (verify(token)?.username ?? null), isAdmin: true }
    }
  }
  return (request): Caller => {
    const token = tokenIn(request)
    if (token === null)
      throw unauthenticated('An access token is needed: send "Authorization: Bearer TOKEN".')
    const identity = verify(token)
    if (identity === null) throw unauthenticated('The access token is not valid, or has expired.')
    return { username: identity.username, isAdmin: identity.role === 'admin' }
  }
}

function tokenIn({ headers: { authorization } }: IncomingMessage): string | null {
  if (authorization === undefined || !/^bearer /i.test(authorization)) return null
  return authorization.slice('Bearer '.length).trim()
}

function unauthenticated(message: string): HttpError {
  return new HttpError({ problem: 'unauthenticated', message })
}
