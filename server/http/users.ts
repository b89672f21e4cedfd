import { Router } from 'express'
import { sendSuccess } from './envelope.ts'
import { refuseOthers } from './methods.ts'

export function userRoutes(registerDemoUsers: () => Promise<unknown>): Router {
  const router = Router({ caseSensitive: true, strict: true })
  const register = router.route('/users/register')
  register.post(async (_request, response) => {
    await registerDemoUsers()
    sendSuccess(response, { status: 200 })
  })
  register.all(refuseOthers('POST'))
  return router
}
