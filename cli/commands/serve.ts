import cluster from 'node:cluster'
import {
  type Config,
  type ConfigFlags,
  createLifecycle,
  createLog,
  type Lifecycle,
  loadConfig,
  migrateUp,
  openServer,
  provideDatabase,
  provideRedis,
} from '../../server/index.ts'
import { type CommandAction, type CommandContext, exitCodes } from '../command.ts'
import { createFlagReader } from '../options.ts'
import { count } from '../words.ts'
import { createWorkers } from './workers.ts'

export interface ServeFlags extends ConfigFlags {
  readonly workers?: string
  readonly migrate?: boolean
}

const workersMax = 64

/** Runs the API until it is told to stop; then answers what it accepted, closes everything, and exits 0. */
export const serve: CommandAction<ServeFlags> = async (flags, context) => {
  const { signal } = context
  const read = createFlagReader()
  const workers = read.whole('--workers', flags.workers, { min: 1, max: workersMax, initial: 1 })
  read.finish()
  const { config: file, port, host, strategy } = flags
  const config = loadConfig({ flags: { config: file, port, host, strategy } })
  const lifecycle = createLifecycle()
  try {
    const parts = await openParts(config, flags, context, lifecycle)
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

interface Parts {
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
): Promise<Parts> {
  const database = await provideDatabase(config, { announce: ui.note })
  lifecycle.push('the database', () => database.close())
  if (flags.migrate === true && !cluster.isWorker) {
    const applied = await migrateUp(database.url)
    ui.note(
      applied.length === 0 ? 'The schema is up to date.' : `Applied ${count(applied.length, 'migration')}.`,
    )
  }
  const parts = { databaseUrl: database.url, database: database.description }
  if (config.claim.strategy !== 'lock') return { ...parts, redisUrl: null }
  const redis = await provideRedis({ url: config.redis.url, announce: cluster.isWorker ? () => {} : ui.note })
  lifecycle.push('Redis', () => redis.close())
  return { ...parts, redisUrl: redis.url }
}

async function openAlone(
  config: Config,
  parts: Parts,
  context: CommandContext,
  lifecycle: Lifecycle,
): Promise<void> {
  const log = createLog(config.log.level)
  const server = await openServer({ config, ...parts, log })
  lifecycle.push('the server', () => server.close())
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
    environment: { DATABASE_URL: parts.databaseUrl, REDIS_URL: parts.redisUrl ?? '' },
    announce: context.ui.note,
  })
  lifecycle.push('the workers', running.close)
  context.signal.addEventListener('abort', () => void running.close(), { once: true })
  const url = await running.listening
  announce(url, config, parts, context, workers)
}

function announce(url: string, config: Config, parts: Parts, { ui }: CommandContext, workers = 1): void {
  process.send?.({ type: 'listening', url })
  if (cluster.isWorker) return
  const how = `strategy ${config.claim.strategy}${workers > 1 ? `, ${workers} workers` : ''}`
  ui.note(`Listening on ${ui.noteColour.bold(url)} (${how}), with ${parts.database}.`)
  if (config.auth.mode === 'open') ui.note('Open mode: whoever can reach this address can claim for anyone.')
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
