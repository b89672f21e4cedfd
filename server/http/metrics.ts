import { Router } from 'express'
import { send } from './envelope.ts'
import { refuseOthers } from './methods.ts'

/** `GET /metrics`, in the text format of Prometheus. */
export function metricsRoute(text: () => Promise<string>): Router {
  const router = Router({ caseSensitive: true, strict: true })
  const metrics = router.route('/metrics')
  metrics.get(async (_request, response) =>
    send(response, 200, 'text/plain; version=0.0.4; charset=utf-8', await text()),
  )
  metrics.all(refuseOthers('GET'))
  return router
}
