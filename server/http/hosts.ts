import type { IncomingMessage, ServerResponse } from 'node:http'

/**
 * Refuses a request with more than one Host header (RFC 9112, section 3.2): a proxy in front may have gone by the other one.
 * Node refuses one without any in the same way, before there is a request; of several it takes the first. True when it
 * has answered. The headers are looked at as they came, since Node's object holds the first Host alone.
 */
export function refuseTwoHosts({ rawHeaders }: IncomingMessage, response: ServerResponse): boolean {
  let hosts = 0
  for (let n = 0; n < rawHeaders.length; n += 2) {
    const name = rawHeaders[n]
    if (name?.length === 4 && name.toLowerCase() === 'host') hosts += 1
  }
  if (hosts < 2) return false
  response.writeHead(400, 'Two Host headers', { Connection: 'close', 'Content-Length': '0' })
  response.end()
  return true
}
