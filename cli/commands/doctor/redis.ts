import { type ConfigReading, isLoopback, messageOf } from '../../../server/public/basics.ts'
import type { RedisFacts } from '../../../server/public/redis.ts'
import { error, type Finding, note, ok, warning } from './finding.ts'

const timeoutMs = 3_000

/** The configured Redis; what it means to have none. ioredis is loaded only for one that is there. */
export async function examineRedis({ config, faults }: ConfigReading): Promise<Finding[]> {
  const { url } = config.redis
  const isLock = config.claim.strategy === 'lock'
  if (url === null) {
    return faults.length > 0
      ? [
          note(
            'redis',
            'Not looked at: the settings have faults, and which Redis is meant may be among them.',
          ),
        ]
      : [judgeAbsent(config)]
  }
  const { host } = new URL(url)
  const { inspectRedis } = await import('../../../server/public/redis.ts')
  const facts = await inspectRedis(url, timeoutMs).catch(messageOf)
  if (typeof facts !== 'string') return judgeRedis(facts, { address: host, isLock })
  const found = `The Redis at ${host} cannot be used: ${facts}. ${isLock ? 'Without it no claim is decided.' : 'Until it can, each process counts limits for itself.'}`
  const mend = 'start it, or correct REDIS_URL or the group "redis" of env.json'
  return [isLock ? error('redis', found, mend) : warning('redis', found, mend)]
}

function judgeAbsent({ claim, database }: ConfigReading['config']): Finding {
  if (claim.strategy !== 'lock') {
    return note('redis', 'None is configured, and none is needed: each process counts limits for itself.')
  }
  const isShared = database.url !== null && !isLoopback(new URL(database.url).hostname)
  return isShared
    ? warning(
        'redis',
        'The strategy lock has no configured Redis: each server would start one of its own, and lock nobody else out.',
        'set REDIS_URL to one Redis for all, or take the strategy batch',
      )
    : note('redis', 'None is configured: for the strategy lock, serve starts one of its own.')
}

export function judgeRedis(
  facts: RedisFacts,
  { address, isLock }: { address: string; isLock: boolean },
): Finding[] {
  const { name, version, roundTripMs, refusal } = facts
  const told = `${name} ${version} answers at ${address} in ${roundTripMs.toFixed(1)} ms.`
  if (refusal !== null) {
    const found = `${name} ${version} at ${address} takes no key: ${refusal}.`
    const mend = 'point REDIS_URL at the primary, and let its user SET, EVAL and DEL keys'
    return [ok('redis', told), isLock ? error('writable', found, mend) : warning('writable', found, mend)]
  }
  return [
    ok('redis', told),
    ok('writable', 'It takes and deletes keys.'),
    ...judgeMemory(facts, isLock),
    ...judgePersistence(facts),
  ]
}

/** A lock that is thrown out is anybody's; a limit that is thrown out begins again. */
function judgeMemory({ memory }: RedisFacts, isLock: boolean): Finding[] {
  if (memory === null) return [note('memory', 'It does not let us ask how it is set.')]
  const { policy, evicted, limitBytes } = memory
  const isKeeping = policy === 'noeviction' || limitBytes === 0
  if (evicted === 0 && isKeeping) return [ok('memory', `No key is thrown out (maxmemory-policy ${policy}).`)]
  const what = isLock
    ? 'a lock that is thrown out is had by two at once, whom the database alone then keeps apart'
    : 'a limit that is thrown out counts from nothing'
  const found =
    evicted > 0
      ? `It has thrown out ${evicted} keys for want of memory (maxmemory-policy ${policy}): ${what}.`
      : `When memory is short it throws keys out (maxmemory-policy ${policy}): ${what}.`
  const mend = 'CONFIG SET maxmemory-policy noeviction, and a larger maxmemory'
  return [evicted > 0 || isLock ? warning('memory', found, mend) : note('memory', found, mend)]
}

function judgePersistence({ isAppending }: RedisFacts): Finding[] {
  return isAppending === true
    ? [
        note(
          'persistence',
          'It writes an append-only file. Nothing of ours needs that: locks and limits live for seconds.',
        ),
      ]
    : []
}
