import cluster from 'node:cluster'
import {
  type Config,
  type ConfigFlags,
  createLifecycle,
  exampleSecret,
  isLoopback,
  type Lifecycle,
  loadConfig,
  provideSecret,
} from '../../server/public/basics.ts'
import { provideDatabase } from '../../server/public/database.ts'
import { type CommandAction, type CommandContext, exitCodes } from '../command.ts'
import { createFlagReader } from '../options.ts'
import { count } from '../words.ts'
import { createWorkerLink } from './worker-link.ts'
import { createWorkers } from './workers.ts'
import { workersMax } from './workers-max.ts'

export interface ServeFlags extends ConfigFlags {
  readonly workers?: string
  readonly migrate?: boolean
  readonly allowOpen?: boolean
}

/** Runs the API until it is told to stop; then answers what it accepted, closes everything, and exits 0. */
export const serve: CommandAction<ServeFlags> = async (flags, context) => {
  const { signal } = context
  const read = createFlagReader()
  const workers = read.whole('--workers', flags.workers, { min: 1, max: workersMax, initial: 1 })
  read.finish()
  const { config: file, port, host, auth, strategy, allowOpen: allowsOpen = false } = flags
  const config = loadConfig({ flags: { config: file, port, host, auth, strategy }, serving: { allowsOpen } })
  const lifecycle = createLifecycle()
  try {
    const secret = await provideSecret(config)
    const parts = { ...(await openParts(config, flags, context, lifecycle)), secret, allowsOpen }
    signal.throwIfAborted()
    if (workers > 1 && cluster.isPrimary) await openCluster(config, workers, parts, context, lifecycle)
    else await openAlone(config, parts, context, lifecycle)
    await untilAborted(signal)
    if (!cluster.isWorker) context.ui.note('Stopping: finishing what is under way …')
  } catch (error) {
    // A stop while still starting is a stop like any other.
    if (!signal.aborted) throw error
  } finally {
    await lifecycle.close()
  }
  return exitCodes.good
}

interface Parts extends Provided {
  /** The same in every process of this server. */
  readonly secret: string
  readonly allowsOpen: boolean
}

interface Provided {
  readonly databaseUrl: string
  readonly database: string
  readonly redisUrl: string | null
}

/** The database and, for the strategy that needs one, Redis; a worker finds both in its environment. */
async function openParts(
  config: Config,
  flags: ServeFlags,
  { ui }: CommandContext,
  lifecycle: Lifecycle,
): Promise<Provided> {
  const database = await provideDatabase(config, { announce: ui.note })
  lifecycle.push('the database', () => database.close())
  if (flags.migrate === true && !cluster.isWorker) {
    const { migrateUp } = await import('../../server/public/migrations.ts')
    const applied = await migrateUp(database.url)
    ui.note(
      applied.length === 0 ? 'The schema is up to date.' : `Applied ${count(applied.length, 'migration')}.`,
    )
  }
  const parts = { databaseUrl: database.url, database: database.description }
  if (config.claim.strategy !== 'lock') return { ...parts, redisUrl: null }
  const { provideRedis } = await import('../../server/public/redis.ts')
  const redis = await provideRedis({ url: config.redis.url, announce: cluster.isWorker ? () => {} : ui.note })
  lifecycle.push('Redis', () => redis.close())
  return { ...parts, redisUrl: redis.url }
}

/** The server's code is loaded only here: neither a fault in the configuration nor the parent of workers needs it. */
async function openAlone(
  config: Config,
  parts: Parts,
  context: CommandContext,
  lifecycle: Lifecycle,
): Promise<void> {
  const { createLog, loadAssets, openServer } = await import('../../server/public/serving.ts')
  const log = createLog(config.log.level)
  const link = cluster.isWorker ? createWorkerLink() : undefined
  const server = await openServer({
    config,
    ...parts,
    log,
    gather: link?.gather,
    worker: cluster.worker?.id,
    ...(config.dashboard.isEnabled && { assets: await loadAssets() }),
  })
  // Told when all is answered: what this worker has counted goes on counting when it is gone.
  if (link !== undefined && server.figures !== null)
    lifecycle.push('the figures', link.answer(server.figures))
  lifecycle.push('the server', () => server.close())
  link?.obey(server)
  announce(server.url, config, parts, context)
}

async function openCluster(
  config: Config,
  workers: number,
  parts: Parts,
  context: CommandContext,
  lifecycle: Lifecycle,
): Promise<void> {
  const running = createWorkers({
    count: workers,
    environment: {
      // A worker that comes later must find what the first ones found, whatever env.json says by then.
      HOST: config.app.host,
      PORT: String(config.app.port),
      DATABASE_URL: parts.databaseUrl,
      REDIS_URL: parts.redisUrl ?? config.redis.url ?? '',
      JWT_SECRET: parts.secret,
    },
    announce: context.ui.note,
  })
  lifecycle.push('the workers', running.close)
  context.signal.addEventListener('abort', () => void running.close(), { once: true })
  const endHearing = onHangUp(() => {
    void running.restart().then((isDone) => {
      if (process.connected) process.send?.({ type: 'restarted', isDone })
    })
  })
  lifecycle.push('the ear for SIGHUP', endHearing)
  const url = await running.listening
  announce(url, config, parts, context, workers)
}

/**
 * Calls `restart` at each SIGHUP; the returned function ends that. On a terminal a SIGHUP says that the terminal is gone,
 * and ends the process, as it does with any other.
 */
function onHangUp(restart: () => void): () => void {
  if (process.stdin.isTTY) return () => {}
  process.on('SIGHUP', restart)
  return () => process.off('SIGHUP', restart)
}

function announce(url: string, config: Config, parts: Parts, { ui }: CommandContext, workers = 1): void {
  process.send?.({ type: 'listening', url })
  if (cluster.isWorker) return
  const how = `strategy ${config.claim.strategy}${workers > 1 ? `, ${workers} workers` : ''}`
  ui.note(`Listening on ${ui.noteColour.bold(url)} (${how}), with ${parts.database}.`)
  warn(config, ui)
}

function warn({ auth, app }: Config, ui: CommandContext['ui']): void {
  const warning = ui.noteColour.yellow('warning:')
  if (auth.mode === 'open') {
    const who = isLoopback(app.host) ? 'whoever is on this machine' : 'whoever can reach this address'
    ui.note(`${warning} open mode: ${who} can claim for anyone and make coupons.`)
  } else if (auth.secret === exampleSecret) {
    ui.note(
      `${warning} jwt_secret is the example's, which everybody knows. Take one of your own, or none at all.`,
    )
  }
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
