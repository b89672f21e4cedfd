import type { StrategyName } from './claims/names.ts'
import { addressOf } from './config/address.ts'
import type { AuthMode } from './config/auth-modes.ts'
import { secretFault, servingFaults } from './config/authority.ts'
import { durationMs } from './config/duration.ts'
import { type Given, readFile, shown } from './config/file.ts'
import { originsOf } from './config/origins.ts'
import { type Rate, rateOf } from './config/rate.ts'
import {
  environmentVariables,
  flagSettings,
  type Setting,
  type SettingPath,
  settings,
} from './config/settings.ts'
import { AppError, type Fault } from './errors.ts'

/** The configuration as the program uses it: complete, checked, frozen. Times are in milliseconds. */
export interface Config {
  readonly app: {
    readonly name: string
    readonly env: string
    readonly version: string
    readonly host: string
    readonly port: number
    readonly apiPrefix: string
    /** Proxies in front whose X-Forwarded-For is believed. */
    readonly trustProxy: number
  }
  /** `url` is null when no database is configured: then an embedded one is used. */
  readonly database: { readonly url: string | null; readonly poolSizeMax: number }
  /** `url` is null when no Redis is configured. */
  readonly redis: { readonly url: string | null }
  readonly context: { readonly timeoutMs: number }
  readonly http: { readonly connectionsMax: number }
  /** Whose pages may call the API from a browser; nobody else's may. */
  readonly cors: { readonly origins: readonly string[] }
  /** `secret` is null when none is configured: then one is generated and kept in `.coupon/`. */
  readonly auth: {
    readonly mode: AuthMode
    readonly accessTokenMs: number
    readonly refreshTokenMs: number
    readonly secret: string | null
  }
  /** Null means: no limit. */
  readonly rateLimit: {
    readonly login: { readonly byName: Rate | null; readonly byAddress: Rate | null }
    readonly register: { readonly byName: Rate | null; readonly byAddress: Rate | null }
    readonly claim: { readonly byUser: Rate | null }
  }
  readonly claim: {
    readonly strategy: StrategyName
    readonly batchSizeMax: number
    readonly queueSizeMax: number
    /** How often holds that have run out are given back. */
    readonly holdSweepMs: number
    /** How long the answer to an Idempotency-Key is kept. */
    readonly answersKeptMs: number
    readonly lock: { readonly expiryMs: number; readonly tries: number; readonly delayMs: number }
  }
  /** Streams of who watches, in one process. */
  readonly live: { readonly watchersMax: number }
  /** Whether the page at `/` is served. */
  readonly dashboard: { readonly isEnabled: boolean }
  /** Whether `/metrics` is served. */
  readonly metrics: { readonly isEnabled: boolean }
  /** A statement or a batch that takes longer is told at `warn`. */
  readonly log: { readonly level: string; readonly slowStatementMs: number }
}

export interface ConfigFlags {
  /** A file to read in place of ./env.json; it must exist. `none` reads no file. */
  readonly config?: string
  readonly port?: string
  readonly host?: string
  readonly auth?: string
  readonly strategy?: string
}

export interface ConfigSources {
  readonly flags?: ConfigFlags
  readonly environment?: Readonly<Record<string, string | undefined>>
  readonly folder?: string
  /** Said by who is going to serve with it: then what must not be served is a fault, too. */
  readonly serving?: { readonly allowsOpen: boolean }
}

/**
 * Reads flags, environment and env.json, in this order of precedence, over the defaults.
 * Throws `AppError('config')` with every fault there is, each naming its key, what it got, what it wants.
 */
export function loadConfig(sources: ConfigSources = {}): Config {
  const { config, faults } = readConfig(sources)
  if (faults.length > 0) throw configError(faults)
  return config
}

/** What was read, and what is wrong with it. */
export interface ConfigReading {
  /** With the default in the place of each value at fault. */
  readonly config: Config
  readonly faults: readonly Fault[]
  /** Where each setting that was given came from: `--port`, `PORT`, `env.json`. */
  readonly origins: ReadonlyMap<string, string>
}

/** The same for who wants to go on with what can be read: never throws. */
export function readConfig(sources: ConfigSources = {}): ConfigReading {
  const { flags = {}, environment = process.env, folder = process.cwd() } = sources
  const faults: Fault[] = []
  const given = new Map<string, Given>()
  readFile(flags.config, folder, given, faults)
  for (const [name, path] of Object.entries(environmentVariables)) {
    override(given, path, environment[name], name)
  }
  for (const [name, path] of Object.entries(flagSettings)) {
    override(given, path, flags[name as keyof ConfigFlags], `--${name}`)
  }
  const value = check(given, faults)
  // A value at fault is replaced by its default, so that faults between settings are told with the others.
  const config = shape(value, given)
  const ofSecret = secretFault(config)
  if (ofSecret !== null) faults.push(ofSecret)
  if (sources.serving !== undefined) faults.push(...servingFaults(config, sources.serving))
  const origins = new Map([...given].map(([path, { origin }]) => [path, origin]))
  return { config: freeze(config), faults, origins }
}

/** Throws `AppError('config')` for a configuration that must not be served, however it was made. */
export function assertServable(config: Config, options: { readonly allowsOpen: boolean }): void {
  const faults = servingFaults(config, options)
  if (faults.length > 0) throw configError(faults)
}

/** The password for `coupon stress --login`, which is never a flag: those are seen by every user of a machine. */
export function passwordOfEnvironment(environment = process.env): string | null {
  const { COUPON_PASSWORD: password = '' } = environment
  return password === '' ? null : password
}

/** An empty variable counts as unset, as in most tools, so that `DATABASE_URL= coupon serve` means "none". */
function override(given: Map<string, Given>, path: string, value: string | undefined, origin: string): void {
  if (value === undefined || value === '') return
  given.set(path, { value, origin })
  // An address from outside replaces the file's host, port and so on as a whole.
  const group = /^(database|redis)\.url$/.exec(path)?.[1]
  if (group === undefined) return
  for (const part of ['host', 'port', 'user', 'password', 'name', 'use_tls']) given.delete(`${group}.${part}`)
}

/** Every setting's value, the given ones checked and converted by their schema. */
function check(given: ReadonlyMap<string, Given>, faults: Fault[]): Record<SettingPath, unknown> {
  const result: Record<string, unknown> = {}
  for (const [path, setting] of Object.entries<Setting>(settings)) {
    const entry = given.get(path)
    result[path] = setting.initial
    // null in env.json says "not configured", as the defaults do.
    if (entry === undefined || (entry.value === null && setting.initial === null)) continue
    const { value, error } = setting.schema.required().validate(entry.value)
    if (error === undefined) result[path] = value
    else faults.push({ key: `env.${path}`, value: whatIsWrong(setting, entry) })
  }
  for (const group of ['database', 'redis']) {
    const isGiven = (name: string) => (given.get(`${group}.${name}`)?.value ?? null) !== null
    if (isGiven('url') && isGiven('host')) {
      faults.push({ key: `env.${group}`, value: 'got both url and host, wants one of them' })
    }
  }
  return result as Record<SettingPath, unknown>
}

function whatIsWrong(setting: Setting, entry: Given): string {
  const got = setting.isSecret ? 'a value that is not shown here' : shown(entry.value)
  return `got ${got} (from ${entry.origin}), wants ${setting.wants}`
}

export function configError(faults: readonly Fault[]): AppError {
  const lines = faults.map(({ key, value }) => `  ${key}: ${value}.`)
  return new AppError(
    'config',
    `The configuration has ${faults.length === 1 ? 'a fault' : `${faults.length} faults`}:\n${lines.join('\n')}`,
    { faults },
  )
}

function shape(value: Record<SettingPath, unknown>, given: ReadonlyMap<string, Given>): Config {
  const string = (path: SettingPath) => String(value[path])
  const number = (path: SettingPath) => Number(value[path])
  const ms = (path: SettingPath) => durationMs(string(path))
  const rate = (path: SettingPath) => rateOf(string(path))
  return {
    app: {
      name: string('app.name'),
      env: string('app.env'),
      version: string('app.version'),
      host: string('app.host'),
      port: number('app.port'),
      apiPrefix: string('app.api_prefix'),
      trustProxy: number('app.trust_proxy'),
    },
    database: { url: addressOf('database', value, given), poolSizeMax: number('database.pool_size') },
    redis: { url: addressOf('redis', value, given) },
    context: { timeoutMs: ms('context.timeout') },
    http: { connectionsMax: number('http.connections_max') },
    cors: { origins: originsOf(value['cors.origins']) ?? [] },
    auth: {
      mode: string('auth.mode') as AuthMode,
      accessTokenMs: ms('auth.access_token_expiration'),
      refreshTokenMs: ms('auth.refresh_token_expiration'),
      secret: value.jwt_secret === null ? null : string('jwt_secret'),
    },
    rateLimit: {
      login: { byName: rate('rate_limit.login.by_name'), byAddress: rate('rate_limit.login.by_address') },
      register: {
        byName: rate('rate_limit.register.by_name'),
        byAddress: rate('rate_limit.register.by_address'),
      },
      claim: { byUser: rate('rate_limit.claim.by_user') },
    },
    claim: {
      strategy: string('claim.strategy') as StrategyName,
      batchSizeMax: number('claim.batch_size'),
      queueSizeMax: number('claim.queue_size'),
      holdSweepMs: ms('claim.hold_sweep'),
      answersKeptMs: ms('claim.idempotency_retention'),
      lock: {
        expiryMs: ms('claim.lock.expiry'),
        tries: number('claim.lock.tries'),
        delayMs: ms('claim.lock.delay'),
      },
    },
    live: { watchersMax: number('live.watchers') },
    dashboard: { isEnabled: value['dashboard.enabled'] === true },
    metrics: { isEnabled: value['metrics.enabled'] === true },
    log: { level: string('log.level'), slowStatementMs: ms('log.slow_statement') },
  }
}

function freeze<T extends object>(value: T): T {
  for (const part of Object.values(value)) if (typeof part === 'object' && part !== null) freeze(part)
  return Object.freeze(value)
}
