import type { IncomingMessage } from 'node:http'

/** Makes the target what we take it for, before anything parses it. */
export function keepPathAlone(request: IncomingMessage): void {
  const { url = '/' } = request
  if (!url.startsWith('/') && url !== '*') request.url = pathOf(url)
  if (url.includes('#')) request.url = withFragmentAsPath(request.url ?? '/')
}

/**
 * It may be a whole URL (RFC 9112, section 3.2.2), whose authority is nobody's business here: a port out of range would
 * throw, and Express answers some with a page of its own.
 */
function pathOf(url: string): string {
  const rest = /^[a-z][a-z\d+.-]*:\/\/[^/?#]*(.*)$/is.exec(url)?.[1] ?? ''
  return rest.startsWith('/') ? rest : `/${rest}`
}

/**
 * None has a fragment, but Node takes one and Express leaves it out: `/metrics#/public.css` would be `/metrics` to us, and
 * another path to a proxy that guards it. So `#` is a character like others.
 */
function withFragmentAsPath(url: string): string {
  return url.replaceAll('#', '%23')
}
