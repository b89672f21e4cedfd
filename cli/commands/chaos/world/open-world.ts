import { findLastingPort, newSecret } from '../../../../server/public/basics.ts'
import { openWire } from '../../../chaos/wire/wire.ts'
import type { World } from '../../../chaos/world.ts'
import { orAbort } from '../../targets/or-abort.ts'
import type { WorldContext } from './context.ts'
import { openDatabase, type WorldDatabase } from './database.ts'
import { openForeignSession } from './foreign.ts'
import { type ChaosServerOptions, createChaosServer, type OpenChaosServer } from './server.ts'
import { writeSettings } from './settings.ts'

export interface WorldOptions extends WorldContext {
  /** One `coupon serve` each. */
  readonly servers: readonly { readonly strategy: string; readonly workers: number }[]
  /** A Postgres of this machine to make the run's database in; null for a temporary one. */
  readonly databaseUrl: string | null
  /** Told in a sentence of a server that ends by itself, or does not end as it should. */
  readonly onFault: (sentence: string) => void
  /** The program that has a `serve` command: this very one, unless a test says otherwise. */
  readonly program?: string
  readonly environment?: Readonly<Record<string, string | undefined>>
}

export interface OpenWorld extends World {
  /** Of the database, past all wires. */
  readonly databaseUrl: string
  /** What the servers' access tokens are signed with. */
  readonly secret: string
  readonly postgresVersion: string
  /** Null when no server uses one. */
  readonly redisUrl: string | null
  /** Null when no server uses one. */
  readonly redisVersion: string | null
  /** What servers have written so far that none should ever write; sentences. */
  faultsInOutput(): readonly string[]
}

/**
 * Starts a database, a Redis for the strategy `lock`, and the servers, each with a wire of its own to the database; there are
 * no users and no coupons yet. All ends with the lifecycle, and with this process. Throws `AppError`.
 */
export async function openWorld(options: WorldOptions): Promise<OpenWorld> {
  const { lifecycle, signal, announce } = options
  const database = await openDatabase(options.databaseUrl, options)
  signal.throwIfAborted()
  const foreign = openForeignSession(database.url)
  lifecycle.push('the foreign session', foreign.close)
  const redis = options.servers.some(({ strategy }) => strategy === 'lock') ? await openRedis(options) : null
  signal.throwIfAborted()
  const secret = newSecret()
  const configFile = await writeSettings(lifecycle)
  const shared = { secret, configFile, redisUrl: redis?.url ?? null }
  const servers: OpenChaosServer[] = []
  for (const at of options.servers.keys()) servers.push(await addServer(at, options, { database, shared }))
  // Released before all else: what is frozen cannot be closed.
  lifecycle.push('what is frozen', () => {
    database.control?.thaw()
    redis?.control.thaw()
  })
  announce(`Starting ${servers.length} servers …`)
  await orAbort(Promise.all(servers.map((server) => server.start())), signal)
  return {
    servers,
    postgres: database.control,
    redis: redis?.control ?? null,
    foreign,
    databaseUrl: database.url,
    secret,
    postgresVersion: database.version,
    redisUrl: redis?.url ?? null,
    redisVersion: redis?.version ?? null,
    faultsInOutput: () => servers.flatMap((server) => server.faultsInOutput()),
  }
}

async function openRedis({ announce, lifecycle }: WorldContext) {
  const { provideControlledRedis } = await import('../../../../server/public/redis.ts')
  const redis = await provideControlledRedis({ announce })
  lifecycle.push('Redis', redis.close)
  return redis
}

interface AddParts {
  readonly database: WorldDatabase
  readonly shared: Pick<ChaosServerOptions, 'secret' | 'configFile' | 'redisUrl'>
}

async function addServer(
  at: number,
  { servers, lifecycle, signal, onFault, program, environment }: WorldOptions,
  { database, shared }: AddParts,
): Promise<OpenChaosServer> {
  const { strategy = '', workers = 1 } = servers[at] ?? {}
  const toPostgres = await openWire(database)
  lifecycle.push('a wire', toPostgres.close)
  const server = createChaosServer({
    ...shared,
    ...(program !== undefined && { program }),
    ...(environment !== undefined && { environment }),
    name: `server ${at + 1}`,
    strategy,
    workers,
    port: await findLastingPort(),
    databaseUrl: urlThrough(toPostgres.port, database.url),
    // A Redis that is there would be used for more than the lock.
    redisUrl: strategy === 'lock' ? shared.redisUrl : null,
    toPostgres,
    onFault,
    signal,
  })
  lifecycle.push(server.name, server.release)
  return server
}

/** The same database by way of a wire, which must be able to read what passes. */
function urlThrough(port: number, databaseUrl: string): string {
  const url = new URL(databaseUrl)
  url.host = `127.0.0.1:${port}`
  url.searchParams.set('sslmode', 'disable')
  return url.href
}
