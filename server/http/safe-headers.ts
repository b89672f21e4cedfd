import type { IncomingMessage, ServerResponse } from 'node:http'
import helmet from 'helmet'

/**
 * What keeps a browser from making more of an answer than it is: from guessing its type, framing it, running it, handing it
 * to another site's page. What helmet has beyond these is for pages, which have a policy of their own, for browsers of
 * long ago, or for TLS, which ends in the proxy in front.
 */
const byHelmet = helmet({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
  },
  crossOriginResourcePolicy: { policy: 'same-origin' },
  referrerPolicy: { policy: 'no-referrer' },
  crossOriginOpenerPolicy: false,
  originAgentCluster: false,
  strictTransportSecurity: false,
  xDnsPrefetchControl: false,
  xDownloadOptions: false,
  xFrameOptions: false,
  xPermittedCrossDomainPolicies: false,
  xPoweredBy: false,
  xXssProtection: false,
})

/**
 * With what keeps every answer out of caches. Helmet is asked once: to have it set them on each response costs three
 * times as much.
 */
export const safeHeaders: readonly (readonly [name: string, value: string])[] = [
  ...headersBy(byHelmet),
  ['Cache-Control', 'no-store'],
]

export function setSafeHeaders(response: ServerResponse): void {
  for (const [name, value] of safeHeaders) response.setHeader(name, value)
}

function headersBy(middleware: typeof byHelmet): [string, string][] {
  const headers: [string, string][] = []
  const recorder = { setHeader: (name: string, value: string) => void headers.push([name, value]) }
  middleware({} as IncomingMessage, recorder as unknown as ServerResponse, (error) => {
    if (error !== undefined) throw error
  })
  return headers
}
