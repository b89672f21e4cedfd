import type { Redis } from 'ioredis'
import { type RateLimiterAbstract, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible'
import type { Rate } from '../config/rate.ts'
import type { Config } from '../config.ts'
import type { Watch } from '../metrics/bounded.ts'
import { createMemoryLimiter } from './memory-limiter.ts'

/** Each answers null for "go on", or after how many seconds another try makes sense. */
export interface Limits {
  /** Counts the attempt. */
  login(address: string, username: string): Promise<number | null>
  /** Takes a login that was right off the name's count: only wrong ones are bounded by name. */
  loginSucceeded(username: string): Promise<void>
  register(address: string, username: string): Promise<number | null>
  /** Null when claims are not limited, so that the claim path has nothing to wait for. */
  readonly claim: ((username: string) => Promise<number | null>) | null
}

export interface LimitOptions {
  readonly rates: Config['rateLimit']
  /** Shared by the server's processes; without it, or while it is away, each process counts for itself. */
  readonly redis: Redis | null
  readonly watch?: Watch
}

type LimitName = 'login:address' | 'login:name' | 'register:address' | 'register:name' | 'claim:user'

type Limiter = Pick<RateLimiterAbstract, 'consume' | 'reward'>

/** How often what may be done, counted in Redis or in memory. */
export function createLimits({ rates, redis, watch }: LimitOptions): Limits {
  const limiterOf = (name: LimitName, rate: Rate | null) =>
    rate === null ? null : createLimiter(name, rate, { redis, watch })
  const login = {
    byAddress: limiterOf('login:address', rates.login.byAddress),
    byName: limiterOf('login:name', rates.login.byName),
  }
  const register = {
    byAddress: limiterOf('register:address', rates.register.byAddress),
    byName: limiterOf('register:name', rates.register.byName),
  }
  const claim = limiterOf('claim:user', rates.claim.byUser)

  /** The address first: one that is over its limit then fills no counter by name. */
  const consumeBoth = async (of: typeof login, address: string, username: string) =>
    (await consume(of.byAddress, addressKey(address))) ?? (await consume(of.byName, username))

  return {
    login: (address, username) => consumeBoth(login, address, username),
    loginSucceeded: async (username) => {
      await login.byName?.reward(username).catch(() => {})
    },
    register: (address, username) => consumeBoth(register, address, username),
    claim: claim === null ? null : (username) => consume(claim, username),
  }
}

/** Addresses or names that are counted at once, in memory; some 15 MB. */
const keysMax = 100_000

function createLimiter(
  name: LimitName,
  { points, durationMs }: Rate,
  { redis, watch }: Pick<LimitOptions, 'redis' | 'watch'>,
): Limiter {
  const options = { keyPrefix: `coupon:limit:${name}`, points, duration: Math.ceil(durationMs / 1000) }
  const memory = createMemoryLimiter({ ...options, keysMax })
  const [action, by] = name.split(':') as ['login', 'name']
  watch?.(`limit_${action}_${by}`, keysMax, () => memory.size())
  if (redis === null) return memory
  return new RateLimiterRedis({
    ...options,
    storeClient: redis,
    rejectIfRedisNotReady: true,
    insuranceLimiter: memory,
  })
}

async function consume(limiter: Limiter | null, key: string): Promise<number | null> {
  if (limiter === null) return null
  try {
    await limiter.consume(key)
    return null
  } catch (refusal) {
    if (!(refusal instanceof RateLimiterRes)) throw refusal
    return Math.max(1, Math.ceil(refusal.msBeforeNext / 1000))
  }
}

/** Of IPv6, the first 64 bits: one household or machine has all the addresses below them. */
export function addressKey(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (mapped !== undefined) return mapped
  if (!address.includes(':')) return address.slice(0, 64)
  const [head = '', tail] = address.split('%', 1)[0]?.split('::') ?? []
  const groups = (text: string) => (text === '' ? [] : text.split(':'))
  const [left, right] = [groups(head), groups(tail ?? '')]
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length)
  const all = [...left, ...Array<string>(zeros).fill('0'), ...right]
  return all
    .slice(0, 4)
    .map((group) =>
      group
        .toLowerCase()
        .replace(/^0+(?=.)/, '')
        .slice(0, 4),
    )
    .join(':')
}
