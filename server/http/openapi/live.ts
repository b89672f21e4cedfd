import { content, operation, success } from './operation.ts'
import { couponName } from './parameters.ts'
import { exactly } from './schemas.ts'
import { type Paths, schemaRef } from './types.ts'

const streamExample = [
  'event: tick',
  'id: 5f0c954c.7',
  'data: {"at":1797843600250,"seconds":0.25,"claims":{"claimed":120,"sold_out":0,"already_claimed":3,"other":0},…}',
  '',
  '',
].join('\n')

const stream = operation({
  id: 'watchLive',
  tag: 'live',
  access: 'user',
  summary: 'Watch what happens, as it happens',
  description: `Server-sent events, over all processes of the server. First a \`snapshot\`, then a \`tick\` whenever something has changed, four times a second at most and every two seconds at least; comments keep the connection in use. Who lost the connection connects again, and gets a snapshot again: there is nothing to catch up with.

An admin sees all; a user sees the coupons, the figures, and its own claims. The stream ends when the token does.`,
  parameters: [
    {
      name: 'coupon',
      in: 'query',
      description: 'Only this coupon and its claims. The figures are of all coupons in any case.',
      schema: { type: 'string' },
    },
  ],
  responses: {
    200: content('The events, without an end.', {
      'text/event-stream': { schema: { type: 'string' }, example: streamExample },
    }),
  },
  problems: ['coupon_not_found', 'too_many_requests', 'too_many_watchers', 'unavailable'],
})

const curve = operation({
  id: 'getStockCurve',
  tag: 'live',
  access: 'user',
  summary: 'Read how the stock of a coupon went down, and up',
  description:
    'Of all its claims, as if the amount had always been what it is now. Each point holds until the next; where there were more steps than points, some are left out.',
  parameters: [couponName],
  responses: {
    200: success({
      description: 'The points, the oldest first.',
      data: schemaRef('StockCurve'),
      example: {
        status: 200,
        data: {
          coupon: 'SUMMER_SALE',
          amount: 500,
          points: [
            { at: '2026-12-01T09:00:00.000Z', remaining: 500 },
            { at: '2026-12-01T09:00:00.250Z', remaining: 380 },
          ],
        },
      },
    }),
  },
  problems: ['coupon_not_found', 'unavailable'],
})

export const livePaths: Paths = {
  '/live': { get: stream },
  '/coupons/{coupon_name}/curve': { get: curve },
}

const asset = (description: string) =>
  content(description, {
    'text/html': { schema: { type: 'string' }, example: '<!doctype html>…' },
    'text/javascript': { schema: { type: 'string' }, example: '…' },
    'text/css': { schema: { type: 'string' }, example: 'body{…}' },
    'image/svg+xml': { schema: { type: 'string' }, example: '<svg>…</svg>' },
  })

const unchanged = content('It is as it was; for a request with If-None-Match.', undefined)

const page = operation({
  id: 'getDashboard',
  tag: 'live',
  access: 'public',
  summary: 'Open the page on which a sale is watched',
  description: 'It needs nothing of any other host. 404 when `dashboard.enabled` is false.',
  responses: { 200: asset('The page.'), 304: unchanged },
  problems: ['url_not_found'],
})

const pageFile = operation({
  id: 'getDashboardFile',
  tag: 'live',
  access: 'public',
  summary: 'Read a part of that page',
  description: 'Its script and style; a name holds a hash of the content, which so never changes.',
  parameters: [
    {
      name: 'file',
      in: 'path',
      description: 'The name of the file.',
      required: true,
      schema: { type: 'string' },
      example: 'app-2fZk1b.js',
    },
  ],
  responses: { 200: asset('The file.'), 304: unchanged },
  problems: ['url_not_found'],
})

const about = operation({
  id: 'getDashboardInfo',
  tag: 'live',
  access: 'public',
  summary: 'Read what that page has to know of the server',
  description: 'Where the API is, and whether one signs in. 404 when `dashboard.enabled` is false.',
  responses: {
    200: content('What it has to know.', {
      'application/json': {
        schema: exactly({
          api_prefix: { type: 'string', examples: ['/api'] },
          name: { type: 'string', examples: ['COUPON API'] },
          version: { type: 'string', examples: ['1.0'] },
          auth: { type: 'string', enum: ['token', 'open'] },
          strategy: { type: 'string', examples: ['batch'] },
        }),
      },
    }),
  },
  problems: ['url_not_found'],
})

export const dashboardPaths: Paths = {
  '/': { get: page },
  '/assets/{file}': { get: pageFile },
  '/dashboard.json': { get: about },
}
