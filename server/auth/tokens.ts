import { createSecretKey } from 'node:crypto'
import jwt from 'jsonwebtoken'
import type { Watch } from '../metrics/bounded.ts'
import { isRole, type Role } from '../users/rules.ts'
import { createGenerations } from './generations.ts'

/** What an access token says of its bearer. */
export interface Identity {
  readonly username: string
  /** As it was when the token was signed. */
  readonly role: Role
}

export interface Tokens {
  /** `issuedFromS` dates it no earlier: when its bearer's tokens count only from then on. */
  sign(identity: Identity, lifetimeMs: number, issuedFromS?: number): string
  /** Null for whatever is not a token of ours that is valid now. Synchronous: it stands on the claim path. */
  verify(token: string): Identity | null
}

export interface TokenOptions {
  readonly secret: string
  /** Verified tokens that are remembered, at most; those of late at least for half as many others. */
  readonly cacheSizeMax?: number
  /** Tokens of a user that were signed before this second are refused; none when it is not said. */
  readonly validFromS?: (username: string) => number
  readonly watch?: Watch
  /** For tests: `Date.now`. */
  readonly now?: () => number
}

/** RFC 8725: one algorithm, and who made it for whom is said and checked. */
const algorithm = 'HS256'
const issuer = 'coupon'
const audience = 'coupon-api'
/** RFC 9068: so that no other kind of token can pass for an access token. */
const type = 'at+jwt'

/** Ours have about 220 characters; nothing longer is parsed or remembered. */
const tokenLengthMax = 2_000
/** About 10 MB. A hit takes under 1 microsecond, a verification with a KeyObject 8 to 20. */
const cacheSizeInitial = 20_000

interface Remembered {
  readonly identity: Identity
  readonly issuedAtS: number
  readonly expiresAtMs: number
}

/** Signs and verifies access tokens with one secret, which is made a KeyObject once: with a string each call would take 389 microseconds. */
export function createTokens(options: TokenOptions): Tokens {
  const { cacheSizeMax = cacheSizeInitial, validFromS = () => 0, now = Date.now } = options
  const key = createSecretKey(Buffer.from(options.secret))
  const verified = createGenerations<Remembered>(cacheSizeMax)
  options.watch?.('verified_tokens', cacheSizeMax, verified.size)

  /** Looked at on every hit too: both can change while a token is remembered. */
  function counts({ identity, issuedAtS, expiresAtMs }: Remembered): boolean {
    return expiresAtMs > now() && issuedAtS >= validFromS(identity.username)
  }

  return {
    sign: ({ username, role }, lifetimeMs, issuedFromS = 0) => {
      const issuedAt = Math.max(Math.floor(now() / 1000), issuedFromS)
      const claims = { role, iat: issuedAt, exp: issuedAt + Math.max(1, Math.floor(lifetimeMs / 1000)) }
      return jwt.sign(claims, key, {
        algorithm,
        issuer,
        audience,
        subject: username,
        header: { alg: algorithm, typ: type },
      })
    },

    verify: (token) => {
      const known = verified.get(token)
      if (known !== undefined) {
        if (counts(known)) return known.identity
        verified.delete(token)
        return null
      }
      const anew = verifyAnew(token, key, now())
      if (anew === null || !counts(anew)) return null
      verified.set(token, anew)
      return anew.identity
    },
  }
}

function verifyAnew(
  token: string,
  key: ReturnType<typeof createSecretKey>,
  nowMs: number,
): Remembered | null {
  if (token.length > tokenLengthMax) return null
  try {
    const { header, payload } = jwt.verify(token, key, {
      algorithms: [algorithm],
      issuer,
      audience,
      clockTimestamp: Math.floor(nowMs / 1000),
      complete: true,
    })
    if (header.typ?.toLowerCase() !== type || typeof payload === 'string') return null
    // RFC 7515, section 4.1.11: what is critical must be understood, and the library does not look.
    if (header.crit !== undefined) return null
    const { sub, exp, iat, role } = payload
    // The library takes a token without an expiry as one for ever.
    if (typeof exp !== 'number' || typeof iat !== 'number') return null
    if (typeof sub !== 'string' || sub === '' || !isRole(role)) return null
    // Postgres, which is asked for that name, knows no NUL.
    if (sub.includes('\0')) return null
    return { identity: { username: sub, role }, issuedAtS: iat, expiresAtMs: exp * 1000 }
  } catch {
    return null
  }
}
