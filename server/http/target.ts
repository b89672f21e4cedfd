import type { IncomingMessage } from 'node:http'

/**
 * A target may be a whole URL (RFC 9112, section 3.2.2), whose authority is nobody's business here. It is cut off before
 * anything parses it: a port out of range would throw, and Express answers some with a page of its own.
 */
export function keepPathAlone(request: IncomingMessage): void {
  const { url = '/' } = request
  if (url.startsWith('/') || url === '*') return
  const rest = /^[a-z][a-z\d+.-]*:\/\/[^/?#]*(.*)$/is.exec(url)?.[1] ?? ''
  request.url = rest.startsWith('/') ? rest : `/${rest}`
}
