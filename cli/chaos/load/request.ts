import type { Wish } from '../history.ts'

/** A request as undici is handed it. */
export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'DELETE'
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | null
}

/** The routes of docs/api.md. `authorization` is the header of the wish's user. */
export function requestOf(wish: Wish, apiPrefix: string, authorization: string): ApiRequest {
  const headers = { authorization, accept: 'application/problem+json' }
  if (wish.kind === 'look' && wish.claimId === null)
    return { method: 'GET', path: `${apiPrefix}/coupons/${wish.coupon}`, headers, body: null }
  if (wish.kind !== 'claim') {
    const path = `${apiPrefix}/claims/${wish.claimId}`
    if (wish.kind === 'look') return { method: 'GET', path, headers, body: null }
    return wish.kind === 'release'
      ? { method: 'DELETE', path, headers, body: null }
      : { method: 'POST', path: `${path}/confirm`, headers, body: null }
  }
  const content = {
    coupon_name: wish.coupon,
    ...(wish.holdSeconds !== null && { hold_seconds: wish.holdSeconds }),
  }
  return {
    method: 'POST',
    path: `${apiPrefix}/coupons/claim`,
    headers: {
      ...headers,
      'content-type': 'application/json',
      ...(wish.key !== null && { 'idempotency-key': `"${wish.key}"` }),
    },
    body: JSON.stringify(content),
  }
}
