import { accountPaths } from './accounts.ts'
import { claimLifePaths } from './claim-life.ts'
import { claimPaths } from './claims.ts'
import { couponListPaths } from './coupon-lists.ts'
import { couponPaths } from './coupons.ts'
import { healthPaths } from './health.ts'
import { idHeaders, idParameters } from './ids.ts'
import { dashboardPaths, livePaths } from './live.ts'
import { pagePaths } from './pages.ts'
import { problemResponse } from './responses.ts'
import { schemas } from './schemas.ts'
import type { OpenApiDocument, Paths } from './types.ts'

const description = `Hands out a coupon of limited quota to many people at once: exactly, durably, fast.

Every answer has the header \`Correlation-ID\`. What is no success comes in the envelope \`{status, message, kind, reference_id}\`, or, for who sends \`Accept: application/problem+json\`, as problem details (RFC 9457), whose \`type\` leads to a page about it: see [/problems](/problems).

A path that does not exist answers 404, another method than those of a path 405 with \`Allow\`; see the components UrlNotFound and MethodNotAllowed.

In the mode \`open\` nobody needs a token, and whoever reaches the service may do anything. In the mode \`token\` sign in at /auth/login and send the access token.`

const apiPaths: Paths = {
  ...claimPaths,
  ...claimLifePaths,
  ...couponPaths,
  ...couponListPaths,
  ...accountPaths,
  ...livePaths,
}

const tags = [
  { name: 'claims', description: 'Claim a unit, hold it, keep it, give it back' },
  { name: 'coupons', description: 'What can be claimed, by whom and when' },
  { name: 'accounts', description: 'Sign up, sign in, see what one has' },
  { name: 'live', description: 'Watch a sale while it goes on' },
  { name: 'health', description: 'For probes, and for who watches' },
  { name: 'documentation', description: 'This document, and what the problems mean' },
]

/** The whole API in OpenAPI 3.1. A new object each time. */
export function openApiDocument(apiPrefix: string): OpenApiDocument {
  return {
    openapi: '3.1.0',
    info: {
      title: 'coupon',
      version: '1.0',
      summary: 'Coupons of limited quota',
      description,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/', description: 'The server that this document came from' }],
    tags,
    paths: {
      ...prefixed(apiPaths, apiPrefix),
      ...healthPaths,
      ...dashboardPaths,
      ...pagePaths,
    },
    components: {
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: 'The access token of /auth/login.',
        },
      },
      parameters: idParameters,
      headers: idHeaders,
      responses: {
        UrlNotFound: problemResponse(['url_not_found']),
        MethodNotAllowed: problemResponse(['method_not_allowed']),
        // A faulty percent-encoding is found before there is a route.
        InvalidPath: problemResponse(['invalid_request']),
      },
      schemas: schemas(),
    },
  }
}

function prefixed(paths: Paths, prefix: string): Paths {
  return Object.fromEntries(Object.entries(paths).map(([path, item]) => [`${prefix}${path}`, item]))
}
