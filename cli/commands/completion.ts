import type { Command } from 'commander'
import { AppError } from '../../server/errors.ts'
import { type CommandAction, exitCodes } from '../command.ts'
import { bashCompletion } from '../completion/bash.ts'
import { fishCompletion } from '../completion/fish.ts'
import { type Place, placesOf } from '../completion/places.ts'
import { type Shell, shells } from '../completion/shells.ts'
import { zshCompletion } from '../completion/zsh.ts'

interface CompletionFlags {
  readonly arguments: readonly string[]
}

const scriptOf: Readonly<Record<Shell, (places: readonly Place[]) => string>> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
}

/** Prints the script by which a shell completes the commands of this program. */
export const completionOf =
  (program: Command): CommandAction<CompletionFlags> =>
  async (flags, { ui }) => {
    const [asked] = flags.arguments
    const shell = shells.find((each) => each === asked)
    if (shell === undefined) throw new AppError('invalid', explanation(asked))
    ui.print(scriptOf[shell](placesOf(program)))
    return exitCodes.good
  }

/** It goes to stderr: stdout is read by a shell. */
function explanation(asked: string | undefined): string {
  const got = asked === undefined ? 'no shell' : JSON.stringify(asked)
  return `Got ${got}, wants one of ${shells.join(', ')}. Put the line of your shell into the file beside it:
  bash  ~/.bashrc                     source <(coupon completion bash)
  zsh   ~/.zshrc, after compinit      source <(coupon completion zsh)
  fish  ~/.config/fish/config.fish    coupon completion fish | source`
}
