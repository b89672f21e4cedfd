import type { Command } from 'commander'
import { shells } from '../completion/shells.ts'
import { examples, offerArgument, type Runs } from './parts.ts'

export function addCompletion(program: Command, runs: Runs): void {
  const completion = program
    .command('completion')
    .description(
      'Print the script by which a shell completes commands, options and their values with the tab key.',
    )
    .argument('[shell]', shells.join(', '))
    .addHelpText(
      'after',
      examples(
        'source <(coupon completion bash)    # in ~/.bashrc',
        'source <(coupon completion zsh)     # in ~/.zshrc, after compinit',
        'coupon completion fish | source     # in ~/.config/fish/config.fish',
      ),
    )
    .action(runs(async () => (await import('../commands/completion.ts')).completionOf(program)))
  offerArgument(completion, shells)
}
