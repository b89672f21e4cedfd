import { AppError } from '../server/errors.ts'
import type { CommandContext } from './command.ts'

export interface PasswordFlags {
  readonly passwordStdin?: boolean
}

/** Longer than any password that is taken, so that a file piped by mistake is not read whole. */
const lengthMax = 4096

/**
 * Asks for a new password twice, without echo, or reads it from a piped stdin. Never from a flag: those are seen by
 * every user of the machine. Throws `AppError`: 'invalid' when there is none, 'interrupted'.
 */
export async function readNewPassword(
  { passwordStdin = false }: PasswordFlags,
  context: CommandContext,
): Promise<string> {
  if (passwordStdin || process.stdin.isTTY !== true) return readPiped(process.stdin)
  const password = await askPassword('New password:', context)
  if ((await askPassword('The same again:', context)) === password) return password
  throw new AppError('invalid', 'The two passwords are not the same.')
}

/** Asks on the terminal, without echo; the prompt goes to stderr, since stdout is for results. */
export async function askPassword(
  message: string,
  { ui, signal }: CommandContext,
  otherwise = 'pipe it in with --password-stdin',
): Promise<string> {
  if (!ui.isInteractive) {
    throw new AppError('invalid', `There is no terminal to ask for the password on: ${otherwise}.`)
  }
  const { default: inquirer } = await import('inquirer')
  const ask = inquirer.createPromptModule({ output: process.stderr })
  try {
    const { password } = await ask([{ type: 'password', name: 'password', message, toggleMask: false }])
    return String(password)
  } catch (error) {
    if (signal.aborted || (error as Error).name === 'ExitPromptError')
      throw new AppError('interrupted', 'Interrupted.')
    throw error
  }
}

async function readPiped(stdin: NodeJS.ReadStream): Promise<string> {
  let text = ''
  stdin.setEncoding('utf8')
  for await (const chunk of stdin) {
    text += chunk
    if (text.length > lengthMax) break
  }
  // The newline is `echo`'s, not the password's.
  const password = text.replace(/\r?\n$/, '')
  if (password !== '') return password
  throw new AppError('invalid', 'No password came on stdin: pipe it in, for example from a password manager.')
}
