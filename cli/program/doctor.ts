import type { Command } from 'commander'
import { configFlag, examples, type Runs } from './parts.ts'

export function addDoctor(program: Command, runs: Runs): void {
  program
    .command('doctor')
    .description(
      'Look at configuration, database, Redis, clock, port and machine: what is wrong, and what mends it. Nothing is started or changed.',
    )
    .option('--workers <number>', 'server processes that are to run here, as of serve (default: 1)')
    .option('--json', 'print one JSON document on stdout')
    .option(...configFlag)
    .addHelpText('after', notes)
    .addHelpText(
      'after',
      examples(
        'coupon doctor',
        'coupon doctor --workers 4 --json | jq .severity',
        'coupon doctor && coupon serve',
      ),
    )
    .action(runs(async () => (await import('../commands/doctor.ts')).doctor))
}

const notes = `
Exit codes: 0 nothing worse than a note; 4 a warning; 1 an error; 2 usage.`
