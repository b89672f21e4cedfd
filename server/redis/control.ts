import { findLastingPort } from '../free-port.ts'
import { connectRedis } from './connect.ts'
import { type ProvidedRedis, type ProvideRedisInternals, startOwnRedis } from './provide.ts'
import { newPassword, type StartedRedis } from './redis-program.ts'

/** What a test of others can do to a Redis that is ours alone. States: up <-> frozen; up -> down -> up. */
export interface RedisControl {
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>
  /** Resolves when it answers, at the address it had before; fine when it is up. It comes back empty. */
  start(): Promise<void>
  /** SIGSTOP and SIGCONT. Not on Windows. */
  freeze(): void
  thaw(): void
  /** FLUSHALL. */
  flush(): Promise<void>
}

export interface ControlledRedis extends ProvidedRedis {
  readonly control: RedisControl
}

const flushTimeoutMs = 5_000

/**
 * A Redis of our own that keeps its address over restarts.
 * @throws AppError 'unreachable' when none can be started
 */
export async function provideControlledRedis(
  { announce = () => {} }: { readonly announce?: (line: string) => void } = {},
  internals: ProvideRedisInternals = {},
): Promise<ControlledRedis> {
  const address = { port: await findLastingPort(), password: newPassword() }
  const own = await startOwnRedis(announce, internals, address)
  const { url, identity } = own.started
  let running: StartedRedis | null = own.started

  async function end(name?: NodeJS.Signals): Promise<void> {
    const ending = running
    running = null
    if (name !== undefined) ending?.signal(name)
    await ending?.close()
  }

  announce(`Using ${own.description}.`)
  return {
    url,
    origin: own.origin,
    version: identity.version,
    description: own.description,
    control: {
      kill: () => end('SIGKILL'),
      start: async () => {
        running ??= await own.start(address)
      },
      freeze: () => running?.signal('SIGSTOP'),
      thaw: () => running?.signal('SIGCONT'),
      flush: () => flush(url),
    },
    close: () => end(),
  }
}

async function flush(url: string): Promise<void> {
  const redis = connectRedis(url, flushTimeoutMs)
  try {
    await redis.flushall()
  } finally {
    redis.disconnect()
  }
}
