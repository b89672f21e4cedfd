import type { Argument, Command, Option } from 'commander'
import { type Offer, offerOf } from '../program/parts.ts'

export interface Named {
  readonly name: string
  readonly description: string
}

/** A command, and what can follow it. */
export interface Place {
  /** `coupon coupons list`. */
  readonly path: string
  readonly commands: readonly Named[]
  readonly options: readonly Named[]
  /** Options that a value must follow, with what it can be. */
  readonly values: ReadonlyMap<string, Offer>
  /** Options that a value may follow. */
  readonly optionalValues: ReadonlyMap<string, Offer>
  readonly operands: readonly Offer[]
  /** The last operand may come several times. */
  readonly isVariadic: boolean
}

/** Every command of the program, itself first, read out of commander's own tree. */
export function placesOf(command: Command, above = ''): Place[] {
  const path = above === '' ? command.name() : `${above} ${command.name()}`
  const help = command.createHelp()
  const commands = help.visibleCommands(command)
  const options = help.visibleOptions(command)
  const own: Place = {
    path,
    commands: commands.map((each) => ({ name: each.name(), description: firstSentence(each.description()) })),
    options: options.flatMap((option) =>
      namesOf(option).map((name) => ({ name, description: firstSentence(option.description) })),
    ),
    values: valuesOf(options.filter(({ required }) => required)),
    optionalValues: valuesOf(options.filter(({ optional }) => optional)),
    operands: command.registeredArguments.map((each) => offerOfValue(each, each.name())),
    isVariadic: command.registeredArguments.at(-1)?.variadic ?? false,
  }
  return [own, ...commands.flatMap((each) => placesOf(each, path).map((place) => withHelpWords(place, own)))]
}

/** Commander's own `help [command]` of a group takes the group's commands. */
function withHelpWords(place: Place, group: Place): Place {
  if (place.path !== `${group.path} help` || place.operands.some(({ words }) => words.length > 0))
    return place
  const words = group.commands.map(({ name }) => name).filter((name) => name !== 'help')
  return { ...place, operands: [{ words, isList: false, isFile: false }] }
}

function valuesOf(options: readonly Option[]): Map<string, Offer> {
  return new Map(
    options.flatMap((option) => {
      const placeholder = /[<[]([^>\]]*)[>\]]/.exec(option.flags)?.[1] ?? ''
      return namesOf(option).map((name) => [name, offerOfValue(option, placeholder)] as const)
    }),
  )
}

/** By its name: where a file is meant, the help says `<file>`. */
function offerOfValue(value: Option | Argument, placeholder: string): Offer {
  return offerOf(value) ?? { words: [], isList: false, isFile: /^file\b/.test(placeholder) }
}

function namesOf({ long, short }: Option): string[] {
  return [long, short].filter((name) => name !== undefined)
}

function firstSentence(text: string): string {
  return (/^.*?[.:;](?=\s|$)/.exec(text)?.[0] ?? text).replace(/[.:;]$/, '')
}
