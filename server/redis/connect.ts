import { Redis } from 'ioredis'

/**
 * A connection that fails a command rather than keep it: a claim has a deadline, and a lock that is won after
 * it helps nobody. It reconnects by itself.
 */
export function connectRedis(url: string, timeoutMs: number): Redis {
  const redis = new Redis(url, {
    connectTimeout: timeoutMs,
    commandTimeout: timeoutMs,
    maxRetriesPerRequest: 0,
    retryStrategy: (attempt) => Math.min(attempt * 50, 1000),
  })
  // Each failed command rejects by itself; without a listener the event would end the process.
  redis.on('error', () => {})
  return redis
}
