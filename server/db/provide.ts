import { join } from 'node:path'
import type { Config } from '../config.ts'
import { assertReachable, connectPool, describeAddress } from './connect.ts'
import {
  findRunningEmbeddedPostgres,
  openEmbeddedPostgres,
  openTemporaryPostgres,
  type PostgresControl,
} from './embedded/index.ts'
import { schemaState } from './schema.ts'

/** A database that can be used until `close`. */
export interface ProvidedDatabase {
  readonly url: string
  readonly origin: 'configured' | 'embedded'
  /** For a person, without any password. */
  readonly description: string
  close(): Promise<void>
}

/** One that is nobody else's, so that it can be crashed and frozen. */
export interface TemporaryDatabase extends ProvidedDatabase {
  readonly control: PostgresControl
}

export interface ProvideOptions {
  readonly announce?: ((line: string) => void) | undefined
  /** Where `.coupon/` lies; the working folder when it is not said. */
  readonly folder?: string
  /** Leave an embedded database that no migration ever touched as it is. */
  readonly leaveUntouched?: boolean
}

/**
 * The configured database, or the embedded one of this folder, started if need be. An embedded database that
 * no migration ever touched is migrated, so that the first command of a newcomer works; from then on the rules
 * are the same for both. Throws `AppError('unreachable')`.
 */
export async function provideDatabase(
  config: Config,
  options: ProvideOptions = {},
): Promise<ProvidedDatabase> {
  if (config.database.url !== null) return configured(config.database.url)
  const { announce, folder = process.cwd() } = options
  const place = join(folder, '.coupon')
  const embedded = await openEmbeddedPostgres({
    folder: place,
    lifetime: 'kept',
    ...(announce && { announce }),
  })
  try {
    if (options.leaveUntouched !== true) await migrateUntouched(embedded.url, announce)
  } catch (error) {
    await embedded.close()
    throw error
  }
  const description = `embedded Postgres in ${place} (${describeAddress(embedded.url)})`
  return { url: embedded.url, origin: 'embedded', description, close: () => embedded.close() }
}

/** A database of its own in a temporary folder, migrated; `close` removes it. */
export async function provideTemporaryDatabase(options: ProvideOptions = {}): Promise<TemporaryDatabase> {
  const { announce } = options
  const embedded = await openTemporaryPostgres({ ...(announce && { announce }) })
  try {
    await migrate(embedded.url)
  } catch (error) {
    await embedded.close()
    throw error
  }
  const description = `temporary embedded Postgres (${describeAddress(embedded.url)})`
  const { url, control } = embedded
  return { url, origin: 'embedded', description, control, close: () => embedded.close() }
}

/** The configured database, or the embedded one of this folder if it is running; null when there is neither. */
export async function findDatabase(
  config: Config,
  options: ProvideOptions = {},
): Promise<ProvidedDatabase | null> {
  if (config.database.url !== null) return configured(config.database.url)
  const { folder = process.cwd() } = options
  const running = await findRunningEmbeddedPostgres(join(folder, '.coupon'))
  return running === null ? null : provideDatabase(config, options)
}

async function configured(url: string): Promise<ProvidedDatabase> {
  await assertReachable(url)
  return {
    url,
    origin: 'configured',
    description: `Postgres at ${describeAddress(url)}`,
    close: async () => {},
  }
}

async function migrateUntouched(url: string, announce?: (line: string) => void): Promise<void> {
  const pool = connectPool(url, { max: 1 })
  try {
    if ((await schemaState(pool)) !== 'untouched') return
  } finally {
    await pool.end()
  }
  const applied = await migrate(url)
  announce?.(`New database: applied ${applied.length} migrations.`)
}

/** Umzug is loaded only here: most commands find a schema that is there already. */
async function migrate(url: string): Promise<string[]> {
  const { migrateUp } = await import('./migrator.ts')
  return migrateUp(url)
}
