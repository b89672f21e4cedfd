import Joi from 'joi'
import { fullNameFault, passwordFault, usernameFault } from '../users/rules.ts'
import { ruled, text, validated } from './fields.ts'

export interface RegisterBody {
  readonly username: string
  readonly password: string
  readonly full_name: string
}

export interface LoginBody {
  readonly username: string
  readonly password: string
}

export const registerSchema = Joi.object<RegisterBody>({
  username: ruled(usernameFault),
  password: ruled(passwordFault),
  full_name: ruled(fullNameFault),
})

/** Only what a look-up can take: what makes a good password is the matter of whoever sets one. */
export const loginSchema = Joi.object<LoginBody>({ username: text(100), password: text(1000) })

export const refreshSchema = Joi.object<{ refresh_token: string }>({ refresh_token: text(1000) })

export function readRegisterBody(body: Record<string, unknown>): RegisterBody {
  return validated(registerSchema, body)
}

export function readLoginBody(body: Record<string, unknown>): LoginBody {
  return validated(loginSchema, body)
}

export function readRefreshToken(body: Record<string, unknown>): string {
  return validated(refreshSchema, body).refresh_token
}
