import { type Response, Router } from 'express'
import type { Limits } from '../auth/limits.ts'
import type { Sessions, SignedIn } from '../auth/sessions.ts'
import { readLoginBody, readRefreshToken } from './account-fields.ts'
import { readJsonObject } from './body.ts'
import { sendFault, sendSuccess } from './envelope.ts'
import { addressOf, assertWithin } from './limit.ts'
import { refuseOthers } from './methods.ts'

export interface AuthParts {
  readonly sessions: Sessions
  readonly limits: Limits
}

export function authRoutes({ sessions, limits }: AuthParts): Router {
  const router = Router({ caseSensitive: true, strict: true })

  const login = router.route('/auth/login')
  login.post(async (request, response) => {
    const { username, password } = readLoginBody(await readJsonObject(request))
    assertWithin(await limits.login(addressOf(request), username))
    const signedIn = await sessions.login(username, password)
    if (signedIn === null) {
      const message = 'Username or password is wrong.'
      return sendFault(response, { problem: 'invalid_credentials', message })
    }
    await limits.loginSucceeded(username)
    sendTokens(response, signedIn)
  })
  login.all(refuseOthers('POST'))

  const refresh = router.route('/auth/refresh')
  refresh.post(async (request, response) => {
    const signedIn = await sessions.refresh(readRefreshToken(await readJsonObject(request)))
    if (signedIn !== null) return sendTokens(response, signedIn)
    const message = 'The refresh token is not valid. Sign in again.'
    sendFault(response, { problem: 'invalid_refresh_token', message })
  })
  refresh.all(refuseOthers('POST'))

  const logout = router.route('/auth/logout')
  logout.post(async (request, response) => {
    await sessions.logout(readRefreshToken(await readJsonObject(request)))
    sendSuccess(response, { status: 200, message: 'Signed out.' })
  })
  logout.all(refuseOthers('POST'))
  return router
}

function sendTokens(response: Response, { accessToken, refreshToken, expiresInS }: SignedIn): void {
  const data = {
    access_token: accessToken,
    refresh_token: refreshToken,
    token_type: 'Bearer',
    expires_in: expiresInS,
  }
  sendSuccess(response, { status: 200, data })
}
