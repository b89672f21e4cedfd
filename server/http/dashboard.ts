import { type Request, type Response, Router } from 'express'
import type { Asset, Assets } from '../dashboard/asset.ts'
import { send, sendFault, sendJson } from './envelope.ts'
import { refuseOthers } from './methods.ts'

/** What the page asks first, since it knows no more than where it came from. */
export interface DashboardInfo {
  readonly api_prefix: string
  readonly name: string
  readonly version: string
  readonly auth: 'token' | 'open'
  readonly strategy: string
}

export interface DashboardParts {
  readonly assets: Assets
  readonly info: DashboardInfo
}

/** The page may load what this server has, may ask its API, and may do nothing else. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ')

/** A year is as good as for ever: a file that changes gets another name. */
const immutable = 'public, max-age=31536000, immutable'
/** May be kept, and is asked for each time whether it is still the same. */
const checked = 'no-cache'

/** The page at `/`, its files, and what it has to know. No path leads to a file: each is looked up among those there are. */
export function dashboardRoutes({ assets, info }: DashboardParts): Router {
  const router = Router({ caseSensitive: true, strict: true })
  const page = router.route('/')
  page.get((request, response) => sendAsset(request, response, assets.get('/')))
  page.all(refuseOthers('GET'))
  const file = router.route('/assets/:file')
  file.get((request, response) => sendAsset(request, response, assets.get(`/assets/${request.params.file}`)))
  file.all(refuseOthers('GET'))
  const about = router.route('/dashboard.json')
  about.get((_request, response) => sendJson(response, 200, info))
  about.all(refuseOthers('GET'))
  return router
}

function sendAsset(request: Request, response: Response, asset: Asset | undefined): void {
  if (asset === undefined) {
    sendFault(response, { problem: 'url_not_found', message: 'Url not found' })
    return
  }
  response.setHeader('Content-Security-Policy', policy)
  response.setHeader('Cache-Control', asset.isImmutable ? immutable : checked)
  response.setHeader('ETag', asset.etag)
  response.vary('Accept-Encoding')
  if (isKnown(request.headers['if-none-match'], asset.etag)) {
    response.statusCode = 304
    response.end()
    return
  }
  const { encoding, body } = encodedFor(request, asset)
  if (encoding !== null) response.setHeader('Content-Encoding', encoding)
  send(response, 200, asset.type, body)
}

/** By the weak comparison of RFC 9110, section 13.1.2. */
function isKnown(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false
  return header.split(',').some((each) => ['*', etag].includes(each.trim().replace(/^W\//, '')))
}

function encodedFor(request: Request, { body, brotli, gzip }: Asset) {
  const choices = [
    ...(brotli === null ? [] : [{ encoding: 'br', body: brotli }]),
    ...(gzip === null ? [] : [{ encoding: 'gzip', body: gzip }]),
  ]
  // Clients that take both put gzip first and mean nothing by it.
  const best = choices.find(({ encoding }) => request.acceptsEncodings(encoding) !== false)
  return best ?? { encoding: null, body }
}
