import { content, operation, success } from './operation.ts'
import type { Header, Paths, ResponseObject, Schema } from './types.ts'
import { schemaRef } from './types.ts'

function alive(text: string): ResponseObject {
  return success({
    description: 'It runs.',
    data: { type: 'string', const: text },
    example: { status: 200, data: text },
  })
}

const healthcheck = operation({
  id: 'getHealthcheck',
  tag: 'health',
  access: 'public',
  summary: 'Ask whether the service runs',
  description: "The original's; it looks at nothing but itself.",
  responses: { 200: alive('Service is Running.') },
})

const livez = operation({
  id: 'getLivez',
  tag: 'health',
  access: 'public',
  summary: 'Ask whether the process is alive',
  description: 'Whoever gets no answer may restart it.',
  responses: { 200: alive('alive') },
})

const readiness = (status: number): Schema => ({
  type: 'object',
  properties: { status: { type: 'integer', const: status }, data: schemaRef('Readiness') },
  required: ['status', 'data'],
  additionalProperties: false,
})

const retryAfter: Header = {
  description: 'Seconds until it is worth asking again.',
  required: true,
  schema: { type: 'string', pattern: '^\\d+$', examples: ['1'] },
}

const readyz = operation({
  id: 'getReadyz',
  tag: 'health',
  access: 'public',
  summary: 'Ask whether requests can be answered',
  description: 'Not while the database is away, its schema is behind, or the server is closing.',
  responses: {
    200: content('It is ready.', {
      'application/json': {
        schema: readiness(200),
        example: { status: 200, data: { database: 'up', schema: 'current', strategy: 'batch' } },
      },
    }),
    503: content(
      'It is not ready.',
      {
        'application/json': {
          schema: readiness(503),
          example: { status: 503, data: { database: 'down', schema: 'unknown', strategy: 'batch' } },
        },
      },
      { 'Retry-After': retryAfter },
    ),
  },
})

const metrics = operation({
  id: 'getMetrics',
  tag: 'health',
  access: 'public',
  summary: 'Read what the server counts',
  description:
    'In the text format of Prometheus, summed over the processes of the server; it names no user and no coupon. 404 when `metrics.enabled` is false.',
  responses: {
    200: content('The metrics.', {
      'text/plain': {
        schema: { type: 'string' },
        example: 'coupon_claims_total{strategy="batch",outcome="claimed"} 100',
      },
    }),
  },
  problems: ['url_not_found'],
})

export const healthPaths: Paths = {
  '/healthcheck': { get: healthcheck },
  '/livez': { get: livez },
  '/readyz': { get: readyz },
  '/metrics': { get: metrics },
}
