import bcrypt from 'bcrypt'
import { createBounded } from '../bounded.ts'
import { bcryptRounds } from '../db/seeding.ts'
import type { Watch } from '../metrics/bounded.ts'
import { passwordBytesMax } from '../users/rules.ts'

export interface Passwords {
  hash(password: string): Promise<string>
  /** `hash` is null for a user there is none of: the answer is false, after the same work. */
  matches(password: string, hash: string | null): Promise<boolean>
}

export interface PasswordOptions {
  readonly watch?: Watch
  /** For tests. */
  readonly compare?: (password: string, hash: string) => Promise<boolean>
}

/**
 * A hash takes 60 ms of a thread, and libuv has four of those for files and names as well: two at once leave some.
 * 64 that wait are told within about two seconds.
 */
const bounds = { concurrencyMax: 2, queueMax: 64, refusal: 'Too many passwords are being checked.' } as const

/** A hash of the same cost as any, which no password is known to have. */
const dummyHash = `$2b$${bcryptRounds}$N9qo8uLOickgx2ZMRZoMye${'.'.repeat(31)}`

/** bcrypt with a bound on how much of it goes on. Both throw `AppError('unreachable')` when too many wait. */
export function createPasswords({ compare = bcrypt.compare, watch }: PasswordOptions = {}): Passwords {
  const bounded = createBounded(bounds)
  watch?.('passwords_running', bounds.concurrencyMax, bounded.running)
  watch?.('passwords_waiting', bounds.queueMax, bounded.waiting)
  return {
    hash: (password) => bounded.run(() => bcrypt.hash(password, bcryptRounds)),
    matches: (password, hash) =>
      bounded.run(async () => {
        // bcrypt would compare the first 72 bytes alone.
        const isComparable = hash !== null && Buffer.byteLength(password) <= passwordBytesMax
        const isEqual = await compare(password, isComparable ? hash : dummyHash)
        return isComparable && isEqual
      }),
  }
}
