import { randomBytes, randomInt } from 'node:crypto'
import { strategyNames } from '../../../server/claims/names.ts'
import { AppError } from '../../../server/errors.ts'
import { commandOf } from '../../stress/plan/command-line.ts'
import { readPlan, type StressFlags, type StressPlan } from '../../stress/plan.ts'

export type StressCommandFlags = StressFlags & { readonly config?: string }

export interface StressOptions {
  readonly plan: StressPlan
  /** The command line that does the same again. */
  readonly command: string
  /** The configuration file of `--config`. */
  readonly config?: string
  /** Whether stdout gets the JSON document in place of the text. */
  readonly isJson: boolean
  readonly files: OutputPaths
}

/** Files to write, where they are asked for. */
export interface OutputPaths {
  readonly json?: string
  readonly csv?: string
  readonly html?: string
}

/** Throws `AppError('invalid')` with every fault of the flags. */
export function readOptions(flags: StressCommandFlags): StressOptions {
  const { config, json, csv, html } = flags
  const chance = { seed: randomInt(2 ** 32), suffix: randomBytes(4).toString('hex') }
  const reading = readPlan(flags, chance, strategyNames)
  if ('plan' in reading) {
    return {
      plan: reading.plan,
      command: commandOf(reading.plan, config),
      config,
      isJson: json === true,
      files: { json: typeof json === 'string' ? json : undefined, csv, html },
    }
  }
  const { faults } = reading
  const lines = faults.map(({ key, value }) => `${key}: ${value}.`)
  const message =
    lines.length === 1 ? lines.join('') : `${lines.length} flags do not fit:\n  ${lines.join('\n  ')}`
  throw new AppError('invalid', message, { faults })
}
