import type { Caller } from './caller.ts'
import { HttpError, validationFault } from './errors.ts'

/**
 * Whose claim it is: the caller's own, unless an admin names another. `given` is the body's `user_id`. Throws
 * `HttpError` 403 for another's name, and 400 when there is no name at all, as in open mode without `user_id`.
 */
export function claimantOf(caller: Caller, given: string | undefined): string {
  if (given !== undefined && (caller.isAdmin || given === caller.username)) return given
  if (given !== undefined) {
    throw new HttpError({ problem: 'forbidden', message: 'Only an admin may claim for another user.' })
  }
  if (caller.username !== null) return caller.username
  throw new HttpError(validationFault([{ key: 'user_id', value: 'is required' }]))
}
