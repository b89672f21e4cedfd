import { AppError, type ConfigFlags, loadConfig } from '../../server/public/basics.ts'
import { provideDatabase } from '../../server/public/database.ts'
import {
  type MigrationState,
  migrateDown,
  migrateUp,
  migrationStatus,
} from '../../server/public/migrations.ts'
import { type CommandAction, type CommandContext, exitCodes } from '../command.ts'
import { count } from '../words.ts'

export interface UpFlags extends ConfigFlags {
  readonly arguments: readonly string[]
}

/** Also what `coupon migrate` alone runs, so a word that is no command of `migrate` ends here. */
export const up: CommandAction<UpFlags> = async (flags, context) => {
  const [unknown] = flags.arguments
  if (unknown !== undefined) {
    throw new AppError(
      'invalid',
      `Unknown command "migrate ${unknown}"; there are up, down, status and create.`,
    )
  }
  return withDatabase(flags, context, async (url) => {
    const applied = await migrateUp(url)
    return applied.length === 0
      ? 'Nothing to do: the schema is up to date.'
      : [...applied.map((name) => `applied  ${name}`), `Applied ${count(applied.length, 'migration')}.`].join(
          '\n',
        )
  })
}

export interface DownFlags extends ConfigFlags {
  readonly to?: string
  readonly all?: boolean
}

export const down: CommandAction<DownFlags> = async (flags, context) => {
  if (flags.to !== undefined && flags.all === true) {
    throw new AppError('invalid', 'Got both --to and --all, wants one of them.')
  }
  return withDatabase(flags, context, async (url) => {
    const reverted = await migrateDown(url, flags)
    return reverted.length === 0
      ? 'Nothing to do: no migration to revert.'
      : [
          ...reverted.map((name) => `reverted ${name}`),
          `Reverted ${count(reverted.length, 'migration')}.`,
        ].join('\n')
  })
}

export const status: CommandAction<ConfigFlags> = (flags, context) =>
  withDatabase(flags, context, async (url) => {
    const states = await migrationStatus(url)
    const pending = states.filter(({ appliedAt }) => appliedAt === null).length
    const verdict = pending === 0 ? 'The schema is up to date.' : `${pending} pending: run "coupon migrate".`
    return [...states.map(statusLine), verdict].join('\n')
  })

function statusLine({ name, appliedAt }: MigrationState): string {
  return `${name.padEnd(40)} ${appliedAt === null ? 'pending' : `applied ${appliedAt.toISOString()}`}`
}

/** Prints what `work` has to say. The schema is left to it, also on an embedded database nobody has used. */
async function withDatabase(
  flags: ConfigFlags,
  { ui }: CommandContext,
  work: (url: string) => Promise<string>,
): Promise<number> {
  const config = loadConfig({ flags: { config: flags.config } })
  const database = await provideDatabase(config, { announce: ui.note, leaveUntouched: true })
  try {
    ui.note(`Using ${database.description}.`)
    ui.print(await work(database.url))
    return exitCodes.good
  } finally {
    await database.close()
  }
}
