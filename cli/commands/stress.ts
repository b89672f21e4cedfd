import type { CommandAction } from '../command.ts'
import { readOptions, type StressCommandFlags } from './stress/options.ts'
import { askIfBare } from './stress/prompts.ts'

/**
 * The command: asks where nobody said anything, reads the flags, and only when they are right loads what storms a
 * server. Resolves to the exit code.
 */
export const stress: CommandAction<StressCommandFlags> = async (flags, context) => {
  const said = await askIfBare(flags, context)
  const options = readOptions(said)
  if (said !== flags) context.ui.note(`The same without asking:\n  ${options.command}`)
  const { runStress } = await import('./stress/story.ts')
  return runStress(options, context)
}
