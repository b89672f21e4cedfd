import type { Command } from 'commander'
import { examples, type Runs } from './parts.ts'

export function addReport(program: Command, runs: Runs): void {
  program
    .command('report')
    .description(
      'Make one HTML page of reports that "coupon stress --json FILE" wrote; several are compared. Good (0) once it is written, whatever the verdict.',
    )
    .argument('<file...>', 'the reports; - for stdin')
    .option(
      '--html <file>',
      'the page; it is replaced when all of it is there (default: beside a single report, else report.html here)',
    )
    .addHelpText(
      'after',
      examples(
        'coupon report run.json',
        'coupon report before.json after.json --html compared.html',
        'coupon stress --users 1000 --json | coupon report - --html run.html',
      ),
    )
    .action(runs(async () => (await import('../commands/report.ts')).report))
}
