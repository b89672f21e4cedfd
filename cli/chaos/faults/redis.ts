import type { Fault, Injection } from '../fault.ts'
import type { RedisControl, World } from '../world.ts'
import { namesOf, whyNotFrozen } from './aim.ts'

const downMs = { min: 0, max: 1_000 }
/** Longer than a lock lives. */
const frozenMs = { min: 1_200, max: 2_000 }

const unused = 'no server uses a Redis'

export const redisKill: Fault = {
  name: 'redis_kill',
  title: 'SIGKILL to Redis, and its start: it comes back empty',
  impossible: ({ redis }) => (redis === null ? unused : null),
  inject: async (world, draw) => {
    const redis = redisOf(world)
    const lastsMs = draw.between(downMs.min, downMs.max)
    await redis.kill()
    return { ...whereItIsUsed(world), lastsMs, heal: () => redis.start() }
  },
}

export const redisFreeze: Fault = {
  name: 'redis_freeze',
  title: 'SIGSTOP to Redis for longer than a lock lives',
  impossible: ({ redis }) => (redis === null ? unused : whyNotFrozen()),
  inject: async (world, draw) => {
    const redis = redisOf(world)
    const lastsMs = draw.between(frozenMs.min, frozenMs.max)
    redis.freeze()
    return { ...whereItIsUsed(world), lastsMs, heal: async () => redis.thaw() }
  },
}

export const redisFlush: Fault = {
  name: 'redis_flush',
  title: 'FLUSHALL: every lock is gone while its holder works',
  impossible: ({ redis }) => (redis === null ? unused : null),
  inject: async (world) => {
    await redisOf(world).flush()
    return { ...whereItIsUsed(world), lastsMs: 0, heal: async () => {} }
  },
}

function whereItIsUsed({ servers }: World): Pick<Injection, 'target' | 'servers' | 'withoutDatabase'> {
  const users = servers.filter(({ strategy }) => strategy === 'lock')
  return { target: 'Redis', servers: namesOf(users), withoutDatabase: [] }
}

function redisOf({ redis }: World): RedisControl {
  if (redis === null) throw new Error(`This cannot be injected: ${unused}.`)
  return redis
}
