/** Which view a `location.hash` means. Only `/` is served, so the hash is the path. */
export type Route =
  | { readonly view: 'sale' | 'new-coupon' | 'my-claims' | 'sign-in' | 'register' | 'unknown' }
  | { readonly view: 'coupon'; readonly name: string }

const fixed = {
  '': 'sale',
  '/': 'sale',
  '/new': 'new-coupon',
  '/claims': 'my-claims',
  '/sign-in': 'sign-in',
  '/register': 'register',
} as const satisfies Record<string, Exclude<Route['view'], 'coupon'>>

export function parseRoute(hash: string): Route {
  const path = hash.replace(/^#/, '')
  if (Object.hasOwn(fixed, path)) return { view: fixed[path as keyof typeof fixed] }
  const [, name] = /^\/coupons\/([^/]+)$/.exec(path) ?? []
  const decoded = name === undefined ? null : decode(name)
  return decoded === null ? { view: 'unknown' } : { view: 'coupon', name: decoded }
}

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text)
  } catch {
    return null
  }
}

export function couponHref(name: string): string {
  return `#/coupons/${encodeURIComponent(name)}`
}
