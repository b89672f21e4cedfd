import type { Client } from 'pg'
import { migrations } from '../../migrations/index.ts'
import { AppError } from '../errors.ts'
import type { Pool } from './connect.ts'

/**
 * What the schema is to this program: `current`; `behind` (migrations are pending); `ahead` (a newer program
 * migrated it); `untouched` (no migration was ever run here).
 */
export type SchemaState = 'current' | 'behind' | 'ahead' | 'untouched'

export async function schemaState(db: Pool | Client): Promise<SchemaState> {
  const applied = await readApplied(db)
  if (applied === null) return 'untouched'
  if (migrations.some(({ name }) => !applied.has(name))) return 'behind'
  return applied.size > migrations.length ? 'ahead' : 'current'
}

/** Throws `AppError('schema')` that says the command, unless the schema serves this program. */
export async function assertSchema(pool: Pool): Promise<void> {
  const state = await schemaState(pool)
  if (state === 'current' || state === 'ahead') return
  throw new AppError(
    'schema',
    'The database schema is behind this program. Run "coupon migrate" first, or start with "coupon serve --migrate".',
  )
}

/** The names of the migrations that were applied, and when; null where none ever was. */
export async function readApplied(db: Pool | Client): Promise<Map<string, Date> | null> {
  const { rows: tables } = await db.query(`SELECT to_regclass('schema_migrations') AS found`)
  if (tables[0]?.found === null) return null
  const { rows } = await db.query<{ name: string; applied_at: Date }>(
    'SELECT name, applied_at FROM schema_migrations ORDER BY name',
  )
  return new Map(rows.map(({ name, applied_at }) => [name, applied_at]))
}
