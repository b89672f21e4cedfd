import type { Command } from 'commander'
import type { CommandAction } from '../command.ts'

/** Loads a command's code, runs it with its flags, keeps its exit code. */
export type Runs = <Flags>(load: () => Promise<CommandAction<Flags>>) => (this: Command) => Promise<void>

export const configFlag = [
  '--config <file>',
  'configuration file (default: env.json of this folder, if there is one)',
] as const

export function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ ${line}`).join('\n')}`
}
