import type { Argument, Command, Option } from 'commander'
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

/** The words that a value is one of, or a list of with commas between. */
export interface Offer {
  readonly words: readonly string[]
  readonly isList: boolean
  /** A file's name is as good. */
  readonly isFile: boolean
}

const offers = new WeakMap<Option | Argument, Offer>()

/**
 * Tells the words of an option's value by the option's name, for the shell to complete. Whether a value is one of them is
 * judged where it is read, with those of the environment and of env.json.
 */
export function offer(
  command: Command,
  name: `--${string}`,
  words: readonly string[],
  { isList = false, isFile = false } = {},
): Command {
  const option = command.options.find(({ long }) => long === name)
  if (option === undefined) throw new Error(`${command.name()} has no ${name}.`)
  offers.set(option, { words, isList, isFile })
  return command
}

/** The same for the command's last argument. */
export function offerArgument(command: Command, words: readonly string[]): Command {
  const argument = command.registeredArguments.at(-1)
  if (argument === undefined) throw new Error(`${command.name()} has no argument.`)
  offers.set(argument, { words, isList: false, isFile: false })
  return command
}

export function offerOf(value: Option | Argument): Offer | undefined {
  return offers.get(value)
}
