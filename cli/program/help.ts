import type { Command } from 'commander'
import { AppError } from '../../server/errors.ts'
import { type CommandAction, exitCodes } from '../command.ts'
import { closest } from '../words.ts'
import { examples, offerArgument, type Runs } from './parts.ts'
import { topics } from './topics/index.ts'

interface HelpFlags {
  readonly arguments: readonly string[]
}

/** `coupon help` in the place of commander's own, which knows commands alone. To be added last. */
export function addHelp(program: Command, runs: Runs): void {
  program.helpCommand(false)
  const help = program
    .command('help')
    .description('Show the help of a command, or a page about a topic.')
    .argument('[what...]', 'a command, or a topic')
    .addHelpText('after', `\n${topicList()}`)
    .addHelpText(
      'after',
      examples('coupon help coupons create', 'coupon help configuration', 'coupon help exit-codes'),
    )
    .action(runs(async () => helpOf(program)))
  offerArgument(help, [
    ...program.commands.map((each) => each.name()).filter((name) => name !== 'help'),
    ...topics.map(({ name }) => name),
  ])
  program.addHelpText('after', `\n${topicList()}`)
}

function topicList(): string {
  const width = Math.max(...topics.map(({ name }) => name.length))
  return [
    'Topics, of "coupon help TOPIC":',
    ...topics.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
  ].join('\n')
}

const helpOf =
  (program: Command): CommandAction<HelpFlags> =>
  async ({ arguments: words }, { ui }) => {
    const command = commandOf(program, words)
    const topic = words.length === 1 ? topics.find(({ name }) => name === words[0]) : undefined
    if (command !== undefined) command.outputHelp()
    else if (topic !== undefined) ui.print((await topic.load())())
    else throw new AppError('invalid', unknown(program, words))
    return exitCodes.good
  }

/** The command that the words lead to; undefined when one of them is none. */
function commandOf(program: Command, words: readonly string[]): Command | undefined {
  let command: Command | undefined = program
  for (const word of words) command = command?.commands.find((each) => each.name() === word)
  return command
}

function unknown(program: Command, words: readonly string[]): string {
  const asked = words.join(' ')
  const topicNames = topics.map(({ name }) => name)
  const commandNames = program.commands.map((each) => each.name())
  const guess = closest(asked, [...topicNames, ...commandNames])
  const hint = guess === null ? '' : ` Did you mean ${guess}?`
  return `There is no command and no topic ${JSON.stringify(asked)}.${hint}\nTopics: ${topicNames.join(', ')}.\nCommands: ${commandNames.join(', ')}.`
}
