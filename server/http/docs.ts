import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { type RequestHandler, type Response, Router } from 'express'
import { send, sendFault } from './envelope.ts'
import { refuseOthers } from './methods.ts'
import { openApiDocument } from './openapi/document.ts'
import { docsInitializer, docsPage, docsPolicy, swaggerFiles } from './openapi/page.ts'
import { isProblemName, problemPagePolicy, problemsHtml, problemsText } from './openapi/problem-pages.ts'
import type { ProblemName } from './problems.ts'

const html = 'text/html; charset=utf-8'
/** A day would show the page of the version before after an update. */
const fileAgeMs = 60 * 60_000

/** What the service says about itself: the OpenAPI document, a page to browse it, a page for each problem. */
export function documentationRoutes(apiPrefix: string): Router {
  const router = Router({ caseSensitive: true, strict: true })
  // As bytes: a client that does not read leaves them to the system, and text is encoded anew each time it is tried.
  const document = Buffer.from(JSON.stringify(openApiDocument(apiPrefix)))
  serve(router, '/openapi.json', (_request, response) =>
    send(response, 200, 'application/vnd.oai.openapi+json;version=3.1', document),
  )
  serve(router, ['/docs', '/docs/'], (_request, response) => sendPage(response, docsPage, docsPolicy))
  serve(router, '/docs/:file', sendDocsFile(swaggerFolder()))
  serve(router, '/problems', (_request, response) => sendProblems(response))
  serve(router, '/problems/:problem', (request, response) => {
    const name = String(request.params.problem)
    if (isProblemName(name)) return sendProblems(response, [name])
    sendFault(response, { problem: 'not_found', message: 'There is no problem of this name.' })
  })
  return router
}

function serve(router: Router, path: string | string[], handle: RequestHandler): void {
  const route = router.route(path)
  route.get(handle)
  route.all(refuseOthers('GET'))
}

function sendPage(response: Response, page: string, policy: string): void {
  response.setHeader('Content-Security-Policy', policy)
  send(response, 200, html, page)
}

/** Found from source and from dist alike: the package lies beside the one that asks for it, or above. */
function swaggerFolder(): string {
  return dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'))
}

function sendDocsFile(root: string): RequestHandler {
  return (request, response, next) => {
    const { file } = request.params
    // The same for everybody, and large.
    response.removeHeader('Cache-Control')
    if (file === 'initializer.js') send(response, 200, 'text/javascript; charset=utf-8', docsInitializer)
    else if (swaggerFiles.some((name) => name === file)) {
      // Only If-None-Match and If-Modified-Since count here; the others would make it throw 412.
      for (const header of ['if-match', 'if-unmodified-since']) delete request.headers[header]
      // It streams the file, and answers 304 to who has it.
      response.sendFile(String(file), { root, maxAge: fileAgeMs, acceptRanges: false }, (error) => {
        if (error !== undefined && !response.headersSent) next(error)
      })
    } else sendFault(response, { problem: 'url_not_found', message: 'Url not found' })
  }
}

function sendProblems(response: Response, names?: readonly ProblemName[]): void {
  const { req: request } = response
  // `Accept` decides, so a cache must look at it too.
  response.vary('Accept')
  if (request.accepts(['html', 'text']) === 'text')
    send(response, 200, 'text/plain; charset=utf-8', problemsText(names))
  else sendPage(response, problemsHtml(names), problemPagePolicy)
}
