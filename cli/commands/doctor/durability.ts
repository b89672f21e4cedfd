import type { DatabaseFacts, SettingFact } from '../../../server/public/database.ts'
import { error, type Finding, note, ok, warning } from './finding.ts'

/** The oldest that the statements run on. */
const versionMin = 15
/** The one that the tests run on. */
const versionTested = 18

/** Whether what is told as claimed outlives a crash, and whether it can be written at all. */
export function judgeDurability(facts: DatabaseFacts): Finding[] {
  return [
    judgeVersion(facts),
    ...judgeWritable(facts),
    judgeFsync(facts),
    judgeCommit(facts),
    judgePages(facts),
    judgeIsolation(facts),
  ]
}

function judgeVersion({ version, versionNumber }: DatabaseFacts): Finding {
  const major = Math.floor(versionNumber / 10_000)
  if (major < versionMin) {
    return error(
      'version',
      `Postgres ${version} is too old: at least ${versionMin} is needed.`,
      `move the database to Postgres ${versionTested}`,
    )
  }
  return major > versionTested
    ? note('version', `Postgres ${version} is newer than ${versionTested}, which the tests run on.`)
    : ok('version', `Postgres ${version} is supported.`)
}

function judgeWritable(facts: DatabaseFacts): Finding[] {
  if (facts.isInRecovery) {
    const found = 'This is a standby, or a server that still recovers: nothing can be written to it.'
    return [error('writable', found, 'point DATABASE_URL at the primary')]
  }
  const readOnly = facts.settings.default_transaction_read_only
  return readOnly?.value === 'on'
    ? [
        error(
          'writable',
          'Transactions are read-only here.',
          reset('default_transaction_read_only', readOnly, facts),
        ),
      ]
    : [ok('writable', 'It is a primary, and transactions may write.')]
}

function judgeFsync(facts: DatabaseFacts): Finding {
  const { fsync } = facts.settings
  return fsync?.value === 'off'
    ? error(
        'fsync',
        'fsync is off: a crash of the machine may lose claims that were told, and damage the database.',
        reset('fsync', fsync, facts, 'on'),
      )
    : ok('fsync', 'What is committed is written to disk.')
}

function judgeCommit(facts: DatabaseFacts): Finding {
  const { synchronous_commit: setting } = facts.settings
  const where = setting === undefined ? '' : toldSource(setting, facts)
  return setting?.value === 'off'
    ? error(
        'synchronous_commit',
        `synchronous_commit is off${where}: "claimed" is told before it is on disk, and a crash may lose it.`,
        reset('synchronous_commit', setting, facts, 'on'),
      )
    : ok('synchronous_commit', `It is ${setting?.value ?? 'unknown'}: "claimed" is told when it is on disk.`)
}

function judgePages(facts: DatabaseFacts): Finding {
  const { full_page_writes: setting } = facts.settings
  return setting?.value === 'off'
    ? warning(
        'full_page_writes',
        'full_page_writes is off: a crash may leave half-written pages, unless the file system writes whole ones (ZFS does).',
        reset('full_page_writes', setting, facts, 'on'),
      )
    : ok('full_page_writes', 'A page that is half written at a crash is mended.')
}

/** A connection of ours asks for read committed by `options`; those of the URL take the place of these. */
function judgeIsolation({ settings, isolationDefault }: DatabaseFacts): Finding {
  const isolation = settings.default_transaction_isolation?.value ?? 'unknown'
  if (isolation !== 'read committed') {
    return error(
      'isolation',
      `Claims would run as ${isolation}, and their safety rests on read committed.`,
      `take "options" out of the database's URL`,
    )
  }
  return isolationDefault === 'read committed'
    ? ok('isolation', 'Transactions read what is committed.')
    : note(
        'isolation',
        `The database's default is ${isolationDefault}; servers ask for read committed themselves, so claims are safe.`,
      )
}

function toldSource({ source }: SettingFact, { role, database }: DatabaseFacts): string {
  if (source === 'user') return ` for the role ${role}`
  if (source === 'database') return ` for the database ${database}`
  if (source === 'database user') return ` for the role ${role} in the database ${database}`
  return source === 'client' ? " by the database's URL" : ''
}

/** The command that mends a setting where it was made. */
function reset(
  name: string,
  { source }: SettingFact,
  { role, database }: DatabaseFacts,
  value = 'off',
): string {
  const [who, where] = [identifier(role), identifier(database)]
  if (source === 'user') return `ALTER ROLE ${who} RESET ${name};`
  if (source === 'database') return `ALTER DATABASE ${where} RESET ${name};`
  if (source === 'database user') return `ALTER ROLE ${who} IN DATABASE ${where} RESET ${name};`
  if (source === 'client') return `take ${name} out of the "options" of the database's URL`
  if (source === 'command line') return `start Postgres without -c ${name}=…`
  return `ALTER SYSTEM SET ${name} = ${value}; SELECT pg_reload_conf();`
}

function identifier(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`
}
