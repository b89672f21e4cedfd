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

/** How long an answer waits at most for its lock to be released: many times what it takes a Redis that answers. */
const releaseMsMax = 100

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
  // One that fails is left to the expiry.
  const release = () => redis.eval(releaseScript, 1, key, token).catch(() => {})
  for (let turn = 1; turn <= tries; turn += 1) {
    if (turn > 1) await delay(delayMs * (1 + spread * (2 * Math.random() - 1)))
    if (performance.now() >= deadlineMs) return null
    const isWon = await redis.set(key, token, 'PX', expiryMs, 'NX').catch((error: unknown) => {
      // Only its answer may have been lost: nobody would hold the lock, and nobody could win it.
      void release()
      throw error
    })
    if (isWon === null) continue
    try {
      return await work(isHeld)
    } finally {
      // The claim is committed: a Redis that is silent must not keep its answer back beyond its deadline.
      const waitMs = Math.min(releaseMsMax, (deadlineMs - performance.now()) / 2)
      await Promise.race([release(), delay(Math.max(0, waitMs), undefined, { ref: false })])
    }
  }
  return null
}
