import type { Request } from 'express'
import { HttpError } from './errors.ts'

/** Throws `HttpError` 429 for what a limit says should be tried again after so many seconds. */
export function assertWithin(retryAfterS: number | null): void {
  if (retryAfterS === null) return
  const message = `Too many requests. Try again after ${retryAfterS} s.`
  throw new HttpError({ problem: 'too_many_requests', message, retryAfterS })
}

/** The address that limits count by; behind `app.trust_proxy` proxies it is the one they pass on. */
export function addressOf(request: Request): string {
  return request.ip ?? 'unknown'
}
