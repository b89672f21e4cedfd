import { randomInt } from 'node:crypto'
import { strategyNames } from '../../../server/claims/names.ts'
import { type ChaosFlags, type ChaosPlan, commandOfChaos, readChaosPlan } from '../../chaos/plan.ts'
import { errorOfFlags } from '../../options.ts'

export interface ChaosCommandFlags extends ChaosFlags {
  readonly database?: string
  readonly history?: string
  readonly json?: string | true
}

export interface ChaosOptions {
  readonly plan: ChaosPlan
  /** The command line that does the same again; without the database's URL, which may hold a password. */
  readonly command: string
  /** A Postgres of this machine; null for an embedded one. */
  readonly databaseUrl: string | null
  /** Whether stdout gets the JSON document in place of the text. */
  readonly isJson: boolean
  /** Files to write, where they are asked for. */
  readonly files: { readonly json?: string; readonly history?: string }
}

/** Throws `AppError('invalid')` with every fault of the flags. */
export function readChaosOptions(flags: ChaosCommandFlags): ChaosOptions {
  const reading = readChaosPlan(flags, { seed: randomInt(2 ** 32), strategies: strategyNames })
  if ('faults' in reading) throw errorOfFlags(reading.faults)
  const { plan } = reading
  const { json, history, database } = flags
  const given = database === undefined ? '' : ' --database URL'
  return {
    plan,
    command: `${commandOfChaos(plan)}${given}`,
    databaseUrl: database ?? null,
    isJson: json === true,
    files: {
      ...(typeof json === 'string' && { json }),
      ...(history !== undefined && { history }),
    },
  }
}
