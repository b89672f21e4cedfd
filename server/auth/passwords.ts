import bcrypt from 'bcrypt'
import { bcryptRounds } from '../db/seeding.ts'
import { passwordBytesMax } from '../users/rules.ts'
import { type BoundedOptions, createBounded } from './bounded.ts'

export interface Passwords {
  hash(password: string): Promise<string>
  /** `hash` is null for a user there is none of: the answer is false, after the same work. */
  matches(password: string, hash: string | null): Promise<boolean>
}

export interface PasswordOptions extends Partial<BoundedOptions> {
  /** For tests. */
  readonly compare?: (password: string, hash: string) => Promise<boolean>
}

/**
 * A hash takes 60 ms of a thread, and libuv has four of those for files and names as well: two at once leave some.
 * 64 that wait are told within about two seconds.
 */
const initial = { concurrencyMax: 2, queueMax: 64 } as const

/** A hash of the same cost as any, which no password is known to have. */
const dummyHash = `$2b$${bcryptRounds}$N9qo8uLOickgx2ZMRZoMye${'.'.repeat(31)}`

/** bcrypt with a bound on how much of it goes on. Both throw `AppError('unreachable')` when too many wait. */
export function createPasswords(options: PasswordOptions = {}): Passwords {
  const { compare = bcrypt.compare } = options
  const bounded = createBounded({ ...initial, ...options })
  return {
    hash: (password) => bounded(() => bcrypt.hash(password, bcryptRounds)),
    matches: (password, hash) =>
      bounded(async () => {
        // bcrypt would compare the first 72 bytes alone.
        const isComparable = hash !== null && Buffer.byteLength(password) <= passwordBytesMax
        const isEqual = await compare(password, isComparable ? hash : dummyHash)
        return isComparable && isEqual
      }),
  }
}
