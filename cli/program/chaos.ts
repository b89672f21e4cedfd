import type { Command } from 'commander'
import { strategyNames } from '../../server/claims/names.ts'
import { faultNames } from '../chaos/fault.ts'
import { examples, offer, type Runs } from './parts.ts'

export function addChaos(program: Command, runs: Runs): void {
  const chaos = program
    .command('chaos')
    .description(
      'Break a sale in every way we know of while it runs, and prove from its history and the database that nothing was lost, oversold or left hanging. Everything is started for it on this machine: servers, Postgres, Redis.',
    )
    .option('--minutes <number>', 'how long faults are injected (default: 5)')
    .option('--seed <number>', 'repeat the faults of an earlier run')
    .option('--faults <names>', 'only these, with commas (default: all)')
    .option('--servers <list>', 'strategies, with :N for N workers (default: batch,batch:2,lock)')
    .option('--rate <number>', 'operations that clients begin a second (default: 200)')
    .option('--database <url>', 'a Postgres of this machine in place of an embedded one')
    .option('--history <file>', 'every request with its answer, one JSON line each')
    .option('--json [file]', 'the whole report as one JSON document, on stdout or in a file')
    .addHelpText('after', notes)
    .addHelpText(
      'after',
      examples(
        'coupon chaos --minutes 1',
        'coupon chaos --minutes 10 --seed 1',
        'coupon chaos --minutes 2 --faults postgres_crash,answers_lost',
        'coupon chaos --servers atomic,atomic --json chaos.json',
      ),
    )
    .action(runs(async () => (await import('../commands/chaos.ts')).chaos))
  offer(chaos, '--faults', faultNames, { isList: true })
  offer(chaos, '--servers', strategyNames, { isList: true })
}

const notes = `
Faults: server_kill, server_stop, worker_kill, rolling_restart,
  sessions_terminated, postgres_crash, postgres_freeze, connections_cut,
  connections_delayed, connections_half_open, answers_lost, row_held,
  redis_kill, redis_freeze, redis_flush. A Postgres of --database is neither
  crashed nor frozen; it gets a database of its own, which is dropped at the end.
Exit codes: 0 good; 1 a promise was broken; 2 usage; 3 something needed cannot
  be started or reached; 130 interrupted. Ctrl-C heals, and reports what was.`
