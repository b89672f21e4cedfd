import { strategyNames } from '../../../server/claims/names.ts'
import { AppError } from '../../../server/errors.ts'
import type { CommandContext } from '../../command.ts'
import { isThisMachine, readPlan, type StressFlags, stressDefaults } from '../../stress/plan.ts'
import type { StressCommandFlags } from './options.ts'

/** What a person says; what was not asked is not there. */
export interface StressAnswers {
  readonly target: 'own' | 'url'
  readonly url?: string
  readonly yes?: boolean
  readonly users: string
  readonly quota: string
  readonly strategy?: string
}

/** On a terminal without any flag the answers come from a person; the prompt library is loaded only then. */
export async function askIfBare(
  flags: StressCommandFlags,
  { ui, signal }: CommandContext,
): Promise<StressCommandFlags> {
  if (!isBare(flags) || !ui.isInteractive) return flags
  const { default: inquirer } = await import('inquirer')
  const ask = inquirer.createPromptModule({ output: process.stderr })
  try {
    return flagsOf((await ask(questions)) as StressAnswers)
  } catch (error) {
    if (signal.aborted || (error as Error).name === 'ExitPromptError')
      throw new AppError('interrupted', 'Interrupted.')
    throw error
  }
}

/** The words of the command are no flags. */
export function isBare(flags: StressCommandFlags): boolean {
  return Object.entries(flags).every(([name, value]) => name === 'arguments' || value === undefined)
}

export function flagsOf({ target, url, yes, users, quota, strategy }: StressAnswers): StressFlags {
  return target === 'url' ? { url, yes, users, quota } : { users, quota, strategy }
}

/** What is wrong with an answer is what is wrong with the flag. */
export function faultOfAnswer(flags: StressFlags): string | true {
  const reading = readPlan(flags, { seed: 0, suffix: '0' })
  return 'plan' in reading ? true : (reading.faults[0]?.value ?? true)
}

type Answered = Partial<StressAnswers>

function isElsewhere({ target, url = '' }: Answered): boolean {
  return target === 'url' && !isThisMachine(new URL(url).hostname)
}

const questions = [
  {
    type: 'select' as const,
    name: 'target',
    message: 'What is to be stormed?',
    choices: [
      { name: 'a server of its own, with a temporary database', value: 'own' },
      { name: 'a server that runs already', value: 'url' },
    ],
  },
  {
    type: 'input' as const,
    name: 'url',
    message: 'Its address?',
    default: 'http://127.0.0.1:9000',
    when: ({ target }: Answered) => target === 'url',
    validate: (url: string) => faultOfAnswer({ url, yes: true }),
  },
  {
    type: 'confirm' as const,
    name: 'yes',
    message: 'That is not this machine. Is it yours to storm?',
    default: false,
    when: isElsewhere,
  },
  {
    type: 'input' as const,
    name: 'users',
    message: 'How many users?',
    default: String(stressDefaults.users),
    validate: (users: string) => faultOfAnswer({ users }),
  },
  {
    type: 'input' as const,
    name: 'quota',
    message: 'For how many units?',
    default: String(stressDefaults.quota),
    validate: (quota: string) => faultOfAnswer({ quota }),
  },
  {
    type: 'select' as const,
    name: 'strategy',
    message: 'With which strategy?',
    choices: [...strategyNames],
    when: ({ target }: Answered) => target === 'own',
  },
]
