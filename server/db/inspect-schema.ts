import { migrations } from '../../migrations/index.ts'
import type { Pool } from './connect.ts'
import { readApplied, type SchemaState, schemaState } from './schema.ts'

/** What there is of the schema, beside the record of its migrations. */
export interface SchemaFacts {
  readonly state: SchemaState
  /** Migrations of this program that were not applied. */
  readonly pending: readonly string[]
  /** Applied by a newer program. */
  readonly unknown: readonly string[]
  /** `function claim_coupons`, `trigger …`, `table …`: made by a migration, and gone. */
  readonly missing: readonly string[]
  /** There, but not for this role: `function claim_coupons`, `table coupons`. */
  readonly forbidden: readonly string[]
  /** Constraints and indexes that do not hold for every row, triggers that are switched off. */
  readonly inactive: readonly string[]
}

/** Reads it; what is missing and so on is looked for when the schema is current alone. */
export async function inspectSchema(pool: Pool): Promise<SchemaFacts> {
  const state = await schemaState(pool)
  const applied = (await readApplied(pool)) ?? new Map<string, Date>()
  const pending = migrations.filter(({ name }) => !applied.has(name)).map(({ name }) => name)
  const known: readonly string[] = migrations.map(({ name }) => name)
  const unknown = [...applied.keys()].filter((name) => !known.includes(name))
  const facts = { state, pending, unknown }
  if (state !== 'current') return { ...facts, missing: [], forbidden: [], inactive: [] }
  const { rows } = await pool.query<{ what: string; isThere: boolean; isAllowed: boolean }>(parts, [
    namesMade('TABLE'),
    namesMade('FUNCTION'),
    namesMade('TRIGGER'),
  ])
  const { rows: asleep } = await pool.query<{ what: string }>(inactive)
  return {
    ...facts,
    missing: rows.filter(({ isThere }) => !isThere).map(({ what }) => what),
    forbidden: rows.filter(({ isThere, isAllowed }) => isThere && !isAllowed).map(({ what }) => what),
    inactive: asleep.map(({ what }) => what),
  }
}

/** The names that are left when all migrations were applied, read out of their SQL: a list beside it would grow old. */
export function namesMade(kind: 'TABLE' | 'FUNCTION' | 'TRIGGER'): string[] {
  const statement = new RegExp(`\\b(CREATE(?: OR REPLACE)?|DROP) ${kind}(?: IF EXISTS)? (\\w+)`, 'g')
  const made: string[] = []
  for (const { up } of migrations) {
    for (const [, verb, name = ''] of up.matchAll(statement)) {
      const place = made.indexOf(name)
      if (verb === 'DROP') made.splice(place, place === -1 ? 0 : 1)
      else if (place === -1) made.push(name)
    }
  }
  return made
}

/** $1 tables, $2 functions, $3 triggers. A function may have several forms: each must be allowed. */
const parts = `
  SELECT 'table ' || name AS what, to_regclass(name) IS NOT NULL AS "isThere",
    coalesce(has_table_privilege(to_regclass(name), 'SELECT') AND has_table_privilege(to_regclass(name), 'INSERT')
      AND has_table_privilege(to_regclass(name), 'UPDATE') AND has_table_privilege(to_regclass(name), 'DELETE'), false)
      AS "isAllowed"
  FROM unnest($1::text[]) AS name
  UNION ALL
  SELECT 'function ' || name, count(p.oid) > 0, coalesce(bool_and(has_function_privilege(p.oid, 'EXECUTE')), false)
  FROM unnest($2::text[]) AS name LEFT JOIN pg_proc p ON p.proname = name AND pg_function_is_visible(p.oid)
  GROUP BY name
  UNION ALL
  SELECT 'trigger ' || name, count(t.oid) > 0, true
  FROM unnest($3::text[]) AS name LEFT JOIN pg_trigger t ON t.tgname = name AND NOT t.tgisinternal
  GROUP BY name`

/** Of the schema in which the coupons are. Foreign keys are triggers too, of Postgres' own naming. */
const inactive = `
  WITH here AS (SELECT relnamespace AS oid FROM pg_class WHERE oid = 'coupons'::regclass)
  SELECT 'constraint ' || conname AS what FROM pg_constraint
  WHERE NOT convalidated AND connamespace = (SELECT oid FROM here)
  UNION ALL
  SELECT 'index ' || c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
  WHERE NOT i.indisvalid AND c.relnamespace = (SELECT oid FROM here)
  UNION ALL
  SELECT 'trigger ' || t.tgname || ' of ' || c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
  WHERE t.tgenabled = 'D' AND c.relnamespace = (SELECT oid FROM here)`
