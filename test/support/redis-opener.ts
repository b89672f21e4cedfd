/** A process that provides a Redis, tells its url, and ends it when told or is killed. Argument: a PATH. */
import { provideRedis } from '../../server/redis/provide.ts'

const redis = await provideRedis({}, { path: process.argv[2] })
process.once('message', () => {
  void redis.close().then(() => process.disconnect())
})
process.send?.({ url: redis.url })
