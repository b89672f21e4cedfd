import { Router } from 'express'
import type { Limits } from '../auth/limits.ts'
import type { Users } from '../users/users.ts'
import { readRegisterBody } from './account-fields.ts'
import { readOptionalJsonObject } from './body.ts'
import { type Authenticate, requireName } from './caller.ts'
import { sendFault, sendSuccess } from './envelope.ts'
import { userNotFound } from './errors.ts'
import { addressOf, assertWithin } from './limit.ts'
import { refuseOthers } from './methods.ts'

export interface UserParts {
  readonly authenticate: Authenticate
  readonly users: Users
  readonly limits: Limits
  /** What a registration without a body does in open mode; null in token mode, where it is a fault. */
  readonly registerDemoUsers: (() => Promise<unknown>) | null
}

export function userRoutes({ authenticate, users, limits, registerDemoUsers }: UserParts): Router {
  const router = Router({ caseSensitive: true, strict: true })

  const register = router.route('/users/register')
  register.post(async (request, response) => {
    const body = await readOptionalJsonObject(request)
    if (body === null && registerDemoUsers !== null) {
      await registerDemoUsers()
      return sendSuccess(response, { status: 200 })
    }
    const { username, password, full_name: fullName } = readRegisterBody(body ?? {})
    assertWithin(await limits.register(addressOf(request), username))
    const { created_at: _, ...data } = await users.register({ username, password, fullName })
    sendSuccess(response, { status: 201, data, message: `User ${username} is registered successfully.` })
  })
  register.all(refuseOthers('POST'))

  const me = router.route('/users/me')
  me.get(async (request, response) => {
    const found = await users.find(requireName(authenticate(request)))
    if (found === null) return sendFault(response, userNotFound)
    sendSuccess(response, { status: 200, data: found })
  })
  me.all(refuseOthers('GET'))
  return router
}
