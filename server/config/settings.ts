import Joi from 'joi'
import { strategyNames } from '../claims/names.ts'
import { authModes } from './auth-modes.ts'
import { durationMs, durationPattern } from './duration.ts'
import { originsOf } from './origins.ts'
import { isRate } from './rate.ts'

/** What env.example.json shows: known to everybody, so it is no secret. */
export const exampleSecret = 'change-me-to-32-random-bytes-or-more'

/**
 * Every setting there is, by its path below `env` in env.json: what it accepts, its default, and the words
 * that tell a person what is wanted. Defaults live here and nowhere else.
 */
export interface Setting {
  readonly schema: Joi.Schema
  /** What env.json would hold if it said nothing; null stands for "not configured". */
  readonly initial: string | number | boolean | null
  /** Completes the sentence "wants …". */
  readonly wants: string
  /** A secret's value is never repeated in an error. */
  readonly isSecret?: true
}

const wholeNumber = (min: number, max: number, initial: number): Setting => ({
  schema: Joi.number().integer().min(min).max(max),
  initial,
  wants: `a whole number from ${min} to ${max}`,
})
const choice = (values: readonly string[], initial: string): Setting => ({
  schema: Joi.string().valid(...values),
  initial,
  wants: values.length === 1 ? `"${values[0]}"` : `one of ${values.join(', ')}`,
})
const duration = (initial: string): Setting => ({
  schema: Joi.string().pattern(durationPattern),
  initial,
  wants: 'a duration such as 500ms, 5s, 15m or 24h',
})
/** A token that is valid for less than a second helps nobody. */
const lifetime = (initial: string): Setting => ({
  schema: Joi.string()
    .pattern(durationPattern)
    .custom((value: string, helpers) =>
      durationMs(value) >= 1000 && durationMs(value) <= lifetimeMsMax ? value : helpers.error('any.invalid'),
    ),
  initial,
  wants: 'a duration from 1s to 400d, such as 15m or 24h',
})
const lifetimeMsMax = durationMs('400d')
const rate = (initial: string): Setting => ({
  schema: Joi.string().custom((value: string, helpers) =>
    isRate(value) ? value : helpers.error('any.invalid'),
  ),
  initial,
  wants: 'a rate such as 10/1m (ten a minute, at most a day), or off',
})
const text = (initial: string | null, wants = 'a text of 1 to 255 characters'): Setting => ({
  schema: Joi.string().min(1).max(255),
  initial,
  wants,
})
const address = (schemes: string[], wants: string): Setting => ({
  schema: Joi.string().uri({ scheme: schemes }),
  initial: null,
  wants,
  isSecret: true,
})
const hostName: Setting = {
  schema: Joi.alternatives(Joi.string().hostname(), Joi.string().ip({ cidr: 'forbidden' })),
  initial: null,
  wants: 'a host name or an IP address',
}

export const settings = {
  'app.name': text('COUPON API'),
  'app.env': choice(['dev', 'test', 'staging', 'production'], 'dev'),
  'app.version': {
    schema: Joi.alternatives(Joi.string().min(1).max(50), Joi.number()),
    initial: '1.0',
    wants: 'a version such as "1.0"',
  },
  'app.host': { ...hostName, initial: '127.0.0.1' },
  'app.port': wholeNumber(0, 65_535, 9000),
  'app.api_prefix': {
    schema: Joi.string().pattern(/^(\/[A-Za-z0-9._~-]+)+$/),
    initial: '/api',
    wants: 'a path such as /api, without a slash at its end',
  },
  'app.trust_proxy': wholeNumber(0, 32, 0),
  'database.url': address(
    ['postgres', 'postgresql'],
    'a URL such as postgres://user:password@host:5432/name',
  ),
  'database.host': hostName,
  'database.port': wholeNumber(1, 65_535, 5432),
  'database.user': text('postgres'),
  'database.password': {
    ...text(''),
    schema: Joi.string().allow('').max(1000),
    wants: 'a text',
    isSecret: true,
  },
  'database.name': text('coupon_db'),
  'database.pool_size': wholeNumber(1, 1000, 10),
  'redis.url': address(['redis', 'rediss'], 'a URL such as redis://:password@host:6379'),
  'redis.host': hostName,
  'redis.port': wholeNumber(1, 65_535, 6379),
  'redis.password': {
    ...text(''),
    schema: Joi.string().allow('').max(1000),
    wants: 'a text',
    isSecret: true,
  },
  'redis.max_idle_connections': wholeNumber(0, 100_000, 10),
  'redis.max_active_connections': wholeNumber(0, 100_000, 10),
  'redis.idle_timeout': {
    schema: Joi.alternatives(Joi.number().integer().min(0), Joi.string().pattern(durationPattern)),
    initial: '60s',
    wants: 'a number of seconds or a duration such as 60s',
  },
  'redis.use_tls': { schema: Joi.boolean(), initial: false, wants: 'true or false' },
  'context.timeout': duration('5s'),
  'http.connections_max': wholeNumber(1, 1_000_000, 15_000),
  'cors.origins': {
    schema: Joi.any().custom((value: unknown, helpers) => originsOf(value) ?? helpers.error('any.invalid')),
    initial: '',
    wants: 'a list of origins such as ["https://shop.example"], or the same in one text with commas',
  },
  'auth.mode': choice(authModes, 'token'),
  'auth.access_token_expiration': lifetime('15m'),
  'auth.refresh_token_expiration': lifetime('24h'),
  jwt_secret: {
    schema: Joi.string().min(1).max(4096),
    initial: null,
    wants: 'a text of 1 to 4096 characters',
    isSecret: true,
  },
  'rate_limit.login.by_name': rate('10/1m'),
  'rate_limit.login.by_address': rate('30/1m'),
  'rate_limit.register.by_name': rate('10/1m'),
  'rate_limit.register.by_address': rate('30/1m'),
  'rate_limit.claim.by_user': rate('off'),
  'claim.strategy': choice(strategyNames, 'batch'),
  'claim.batch_size': wholeNumber(1, 10_000, 1000),
  'claim.queue_size': wholeNumber(1, 1_000_000, 10_000),
  'claim.hold_sweep': duration('1s'),
  'claim.idempotency_retention': duration('24h'),
  'claim.lock.expiry': duration('20s'),
  'claim.lock.tries': wholeNumber(1, 1000, 3),
  'claim.lock.delay': duration('500ms'),
  'live.watchers': wholeNumber(0, 100_000, 2000),
  'dashboard.enabled': { schema: Joi.boolean(), initial: true, wants: 'true or false' },
  'metrics.enabled': { schema: Joi.boolean(), initial: true, wants: 'true or false' },
  'log.level': choice(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], 'info'),
  'log.slow_statement': duration('500ms'),
} as const satisfies Readonly<Record<string, Setting>>

export type SettingPath = keyof typeof settings

/** The paths of those whose values are told to nobody. */
export const secretSettings: readonly string[] = Object.entries<Setting>(settings)
  .filter(([, { isSecret }]) => isSecret === true)
  .map(([path]) => path)

/** The environment variables that override env.json, and what they set. */
export const environmentVariables = {
  PORT: 'app.port',
  HOST: 'app.host',
  DATABASE_URL: 'database.url',
  REDIS_URL: 'redis.url',
  JWT_SECRET: 'jwt_secret',
  COUPON_AUTH_MODE: 'auth.mode',
  COUPON_STRATEGY: 'claim.strategy',
  LOG_LEVEL: 'log.level',
} as const satisfies Readonly<Record<string, SettingPath>>

/** The flags that override the environment, and what they set. */
export const flagSettings = {
  port: 'app.port',
  host: 'app.host',
  auth: 'auth.mode',
  strategy: 'claim.strategy',
} as const satisfies Readonly<Record<string, SettingPath>>
