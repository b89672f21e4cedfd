import { Router } from 'express'
import { sendJson } from './envelope.ts'
import { refuseOthers } from './methods.ts'

export interface Readiness {
  readonly isReady: boolean
  readonly database: 'up' | 'down'
  readonly schema: 'current' | 'behind' | 'ahead' | 'untouched' | 'unknown'
  readonly strategy: string
}

export function healthRoutes(readiness: () => Promise<Readiness>): Router {
  const router = Router({ caseSensitive: true, strict: true })

  const health = router.route('/healthcheck')
  health.get((_request, response) => sendJson(response, 200, { status: 200, data: 'Service is Running.' }))
  health.all(refuseOthers('GET'))

  const live = router.route('/livez')
  live.get((_request, response) => sendJson(response, 200, { status: 200, data: 'alive' }))
  live.all(refuseOthers('GET'))

  const ready = router.route('/readyz')
  ready.get(async (_request, response) => {
    const { isReady, ...data } = await readiness()
    const status = isReady ? 200 : 503
    if (!isReady) response.setHeader('Retry-After', '1')
    sendJson(response, status, { status, data })
  })
  ready.all(refuseOthers('GET'))
  return router
}
