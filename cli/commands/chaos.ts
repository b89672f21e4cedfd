import type { CommandAction } from '../command.ts'
import { type ChaosCommandFlags, readChaosOptions } from './chaos/options.ts'

/** Breaks a sale while it runs, and proves that nothing was lost. */
export const chaos: CommandAction<ChaosCommandFlags> = async (flags, context) => {
  const options = readChaosOptions(flags)
  const { runChaos } = await import('./chaos/story.ts')
  return runChaos(options, context)
}
