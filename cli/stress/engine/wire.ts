import { kindOf, type Records } from '../records.ts'
import type { RequestKind } from '../shape.ts'
import { usernameOf } from '../usernames.ts'
import { claimBodies } from './bodies.ts'
import { createReleases } from './releases.ts'

/** What undici is handed for a request. A connection has one, which each of its requests is written into. */
export interface WireRequest {
  method: 'POST' | 'DELETE' | 'GET'
  path: string
  /** Names and values in turn. */
  headers: string[]
  body: string | null
  /** False, also for a question: nothing is sent a second time by itself. */
  readonly idempotent: false
}

/** What the lines of the books look like on a connection. */
export interface Wire {
  /** Writes a line's request; false when there is nothing to send: a release without a claim to give back. */
  write(line: number, request: WireRequest): boolean
  /** Hears where a claim that was won lies: its answer's `Location`. Null when no claim is ever given back. */
  readonly hearClaim: ((line: number, location: string) => void) | null
}

export interface WireOptions {
  readonly records: Records
  readonly paths: { readonly claim: string; readonly claims: string; readonly coupons: string }
  readonly couponNames: readonly string[]
  /** The header `Authorization` of a user; null for none. */
  readonly authorizationOf: ((user: number) => string) | null
  /** Whether the load has releases, so that claims must be remembered. */
  readonly hasReleases: boolean
}

export function createWireRequest(): WireRequest {
  return { method: 'POST', path: '', headers: [], body: null, idempotent: false }
}

/** The routes of the coupon API, as docs/api.md tells them. */
export function createWire({ records, paths, couponNames, ...options }: WireOptions): Wire {
  const { authorizationOf, hasReleases } = options
  const bodyOf = claimBodies(couponNames)
  const questions = couponNames.map(
    (name) => `${paths.coupons}/${encodeURIComponent(name)}/eligibility?user_id=`,
  )
  const releases = hasReleases ? createReleases(records) : null

  const writers: Readonly<Record<RequestKind, (line: number, request: WireRequest) => boolean>> = {
    claim: (line, request) => {
      const user = records.users[line] ?? 0
      request.method = 'POST'
      request.path = paths.claim
      request.body = bodyOf(user, records.coupons[line] ?? 0)
      writeHeaders(request, user)
      return true
    },
    release: (line, request) => {
      const id = releases?.take(line) ?? null
      if (id === null) return false
      request.method = 'DELETE'
      request.path = `${paths.claims}/${id}`
      request.body = null
      // Whose claim it is, who alone may give it back; known since `take`.
      writeHeaders(request, records.users[line] ?? 0)
      return true
    },
    eligibility: (line, request) => {
      const user = records.users[line] ?? 0
      request.method = 'GET'
      request.path = (questions[records.coupons[line] ?? 0] ?? '') + usernameOf(user)
      request.body = null
      writeHeaders(request, user)
      return true
    },
  }

  /** undici copies what it is handed at once, so the array is always the same. */
  function writeHeaders({ headers, body }: WireRequest, user: number): void {
    headers.length = 0
    if (body !== null) headers.push('content-type', 'application/json')
    if (authorizationOf !== null) headers.push('authorization', authorizationOf(user))
  }

  return {
    write: (line, request) => writers[kindOf(records, line)](line, request),
    hearClaim: releases === null ? null : releases.add,
  }
}
