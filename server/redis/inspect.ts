import { randomUUID } from 'node:crypto'
import type { Redis } from 'ioredis'
import { messageOf } from '../errors.ts'
import { askRedis, identityIn, type RedisIdentity } from './probe.ts'

/** What a Redis says of itself, as far as locks and limits depend on it. */
export interface RedisFacts extends RedisIdentity {
  readonly roundTripMs: number
  /** Why it takes no key of ours; null when it does. */
  readonly refusal: string | null
  /** Null where it does not let us ask. */
  readonly memory: {
    /** 0 for no limit. */
    readonly limitBytes: number
    /** `noeviction`, `allkeys-lru` … */
    readonly policy: string
    /** Keys that were thrown out for want of memory since it started. */
    readonly evicted: number
  } | null
  /** Whether it writes an append-only file; null where it does not let us ask. */
  readonly isAppending: boolean | null
}

/**
 * Asks a Redis what it is, and sets and deletes a key as a lock does.
 * @throws Error when it cannot be reached, or does not answer within the time; the message holds no password
 */
export function inspectRedis(url: string, timeoutMs: number): Promise<RedisFacts> {
  return askRedis(url, timeoutMs, async (client) => {
    await client.ping()
    const began = performance.now()
    await client.ping()
    const roundTripMs = performance.now() - began
    const info = await client.info().catch(() => '')
    const field = (name: string) => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1]
    const policy = field('maxmemory_policy')
    const appending = field('aof_enabled')
    return {
      ...identityIn(info),
      roundTripMs,
      refusal: await refusalOf(client),
      memory:
        policy === undefined
          ? null
          : { limitBytes: Number(field('maxmemory')), policy, evicted: Number(field('evicted_keys') ?? 0) },
      isAppending: appending === undefined ? null : appending === '1',
    }
  })
}

const keyMs = 1_000

/** The key is gone a second later, also if the connection is lost in between. */
async function refusalOf(client: Redis): Promise<string | null> {
  const key = `coupon:doctor:${randomUUID()}`
  try {
    await client.set(key, '1', 'PX', keyMs, 'NX')
    await client.eval(`return redis.call('DEL', KEYS[1])`, 1, key)
    return null
  } catch (error) {
    return messageOf(error)
  }
}
