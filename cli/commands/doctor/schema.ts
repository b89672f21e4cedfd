import type { SchemaFacts } from '../../../server/public/database.ts'
import { count } from '../../words.ts'
import { error, type Finding, note, ok } from './finding.ts'

const migrate = 'coupon migrate'
const again =
  'restore the database from a backup, or begin anew: coupon migrate down --all, then coupon migrate'

/** Whether the schema is this program's, and whether all of it is there and may be used. */
export function judgeSchema(facts: SchemaFacts, role: string): Finding[] {
  const { state, pending, unknown, missing, forbidden, inactive } = facts
  if (state === 'untouched')
    return [error('schema', 'The database is empty: no migration was run here.', migrate)]
  if (state === 'behind') {
    return [
      error(
        'schema',
        `The schema is behind: ${count(pending.length, 'migration')} pending, ${pending.join(', ')}.`,
        migrate,
      ),
    ]
  }
  if (state === 'ahead') {
    const found = `The schema is ahead: a newer coupon has applied ${unknown.join(', ')}. This one serves with it.`
    return [note('schema', found, 'install the coupon that migrated it')]
  }
  return [
    ok('schema', 'Every migration of this program is applied.'),
    ...(missing.length > 0
      ? [error('parts', `Made by a migration, and gone: ${missing.join(', ')}.`, again)]
      : []),
    ...(forbidden.length > 0
      ? [error('privileges', `This role may not use: ${forbidden.join(', ')}.`, toldGrant(forbidden, role))]
      : []),
    ...(inactive.length > 0
      ? [
          error(
            'parts',
            `Switched off, or not valid for every row: ${inactive.join(', ')}.`,
            toldActivate(inactive),
          ),
        ]
      : []),
    ...([missing, forbidden, inactive].every(({ length }) => length === 0)
      ? [ok('parts', 'Its tables, functions and triggers are there, active, and may be used.')]
      : []),
  ]
}

function toldGrant(forbidden: readonly string[], role: string): string {
  return forbidden
    .map((what) => {
      const [kind, name] = what.split(' ')
      return kind === 'table'
        ? `GRANT SELECT, INSERT, UPDATE, DELETE ON ${name} TO ${role};`
        : `GRANT EXECUTE ON FUNCTION ${name} TO ${role};`
    })
    .join(' ')
}

function toldActivate(inactive: readonly string[]): string {
  return inactive
    .map((what) => {
      const [kind, name, , table] = what.split(' ')
      if (kind === 'trigger') return `ALTER TABLE ${table} ENABLE TRIGGER ${JSON.stringify(name)};`
      return kind === 'index' ? `REINDEX INDEX ${name};` : `ALTER TABLE … VALIDATE CONSTRAINT ${name};`
    })
    .join(' ')
}
