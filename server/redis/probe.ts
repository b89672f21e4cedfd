import { setTimeout as pause } from 'node:timers/promises'
import { Redis } from 'ioredis'

/** What a Redis says of itself. */
export interface RedisIdentity {
  /** `Redis` or `Valkey`. */
  readonly name: string
  /** 'unknown' when the server does not let us ask. */
  readonly version: string
}

/**
 * Connects, logs in, sends PING, asks for the version, and leaves.
 * @throws Error when it does not answer within the time
 */
export function probeRedis(url: string, timeoutMs: number): Promise<RedisIdentity> {
  return askRedis(url, timeoutMs, async (client) => {
    await client.ping()
    return identityIn(await client.info('server').catch(() => ''))
  })
}

/**
 * Connects, logs in, asks what is to be asked, and leaves.
 * @throws Error when all of it is not done within the time
 */
export async function askRedis<T>(
  url: string,
  timeoutMs: number,
  ask: (client: Redis) => Promise<T>,
): Promise<T> {
  const client = new Redis(url, {
    lazyConnect: true,
    connectTimeout: timeoutMs,
    commandTimeout: timeoutMs,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
    enableReadyCheck: false,
  })
  let reason: Error | undefined
  client.on('error', (error: Error) => {
    reason ??= error
  })
  const connectAndAsk = async () => {
    await client.connect()
    return ask(client)
  }
  try {
    return await withinMs(timeoutMs, connectAndAsk())
  } catch (error) {
    throw reason ?? error
  } finally {
    client.disconnect()
  }
}

async function withinMs<T>(timeoutMs: number, work: Promise<T>): Promise<T> {
  const alarm = new AbortController()
  const timeout = pause(timeoutMs, undefined, { signal: alarm.signal }).then(() => {
    throw new Error(`no answer within ${timeoutMs / 1000} s`)
  })
  try {
    return await Promise.race([work, timeout])
  } finally {
    alarm.abort()
    timeout.catch(() => {})
  }
}

/** Valkey gives its own version beside that of the Redis it is compatible with. */
export function identityIn(info: string): RedisIdentity {
  const valkey = /^valkey_version:(\S+)/m.exec(info)?.[1]
  if (valkey !== undefined) return { name: 'Valkey', version: valkey }
  return { name: 'Redis', version: /^redis_version:(\S+)/m.exec(info)?.[1] ?? 'unknown' }
}
