import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { Redis } from 'ioredis'

export interface LockOptions {
  /** After this the lock is anybody's again, even if its holder still works. */
  readonly expiryMs: number
  readonly tries: number
  /** Between two tries, give or take a tenth. */
  readonly delayMs: number
}

/** One lock of many, and until when it is of use, in milliseconds of `performance.now`. */
export interface LockWish {
  readonly key: string
  readonly deadlineMs: number
}

/** Deletes the key only while it holds our token, in one step: an expired lock may be another's by now. */
const releaseScript = `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0`

/**
 * Who is refused at the same moment should not come back at the same moment, or all but one are refused again:
 * the wait is random by this part to either side (Redis documentation, "Retry on failure").
 */
const spread = 0.1

/**
 * Runs `work` under the lock; null when it could not be had in the tries allowed, or by its deadline. It is advice,
 * not safety: past its expiry two holders can work at once (Redis documentation, "Distributed Locks with
 * Redis"), so what `work` writes must hold without it. `isHeld` asks Redis whether the lock is this holder's still;
 * false also when Redis does not answer. What it says may be over when it is heard.
 */
export async function withLock<T>(
  redis: Redis,
  { key, deadlineMs }: LockWish,
  { expiryMs, tries, delayMs }: LockOptions,
  work: (isHeld: () => Promise<boolean>) => Promise<T>,
): Promise<T | null> {
  const token = randomUUID()
  const isHeld = async () => (await redis.get(key).catch(() => null)) === token
  for (let turn = 1; turn <= tries; turn += 1) {
    if (turn > 1) await delay(delayMs * (1 + spread * (2 * Math.random() - 1)))
    if (performance.now() >= deadlineMs) return null
    if ((await redis.set(key, token, 'PX', expiryMs, 'NX')) === null) continue
    try {
      return await work(isHeld)
    } finally {
      // A release that fails is left to the expiry: the claim is committed, its answer must not depend on it.
      await redis.eval(releaseScript, 1, key, token).catch(() => {})
    }
  }
  return null
}
