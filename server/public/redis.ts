/** A Redis that is configured, found or our own: with ioredis. */
export { type ControlledRedis, provideControlledRedis } from '../redis/control.ts'
export { inspectRedis, type RedisFacts } from '../redis/inspect.ts'
export { type ProvidedRedis, provideRedis } from '../redis/provide.ts'
