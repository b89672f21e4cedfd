import type { Command } from 'commander'
import { strategyNames } from '../../server/claims/names.ts'
import { configFlag, examples, offer, type Runs } from './parts.ts'

const strategies = strategyNames.join(', ')

export function addStress(program: Command, runs: Runs): void {
  const stress = program
    .command('stress')
    .description(
      'Storm a server with claims and prove from the database that the sale was right. Without --url it starts a server and a temporary database of its own. On a terminal without flags it asks.',
    )
  addLoad(stress)
  addTarget(stress)
  addResults(stress)
  stress
    .option(...configFlag)
    .addHelpText('after', notes)
    .addHelpText(
      'after',
      examples(
        'coupon stress --users 1000',
        'coupon stress --users 500 --quota 500 --duplicates 10% --abandon 2%',
        'coupon stress --rate 500 --duration 30s --mix claim=90,release=5,eligibility=5',
        "coupon stress --ramp 0:2000:60s --expect 'p99<50ms' --expect 'errors<1%'",
        'coupon stress --compare batch,atomic,lock --repeat 3 --html report.html',
        'coupon stress --url http://127.0.0.1:9000 --users 100 --coupon COUPON_TEST',
        'coupon stress --users 1000 --json | jq .passed',
      ),
    )
    .action(runs(async () => (await import('../commands/stress.ts')).stress))
  offer(stress, '--strategy', strategyNames)
  offer(stress, '--compare', strategyNames, { isList: true })
}

function addLoad(stress: Command): void {
  stress
    .optionsGroup('What is sent:')
    .option('--users <number>', 'users released at one barrier (default: 1000)')
    .option('--quota <number>', "each coupon's amount (default: 100)")
    .option('--attempts <number>', 'requests each user sends (default: 1)')
    .option('--rate <number>', 'requests a second, whatever became of those before; with --duration')
    .option('--duration <time>', 'how long the rate lasts: 30s, 2m')
    .option('--ramp <from:to:time>', 'a rate that grows evenly: 0:5000:60s')
    .option('--mix <weights>', 'claim=90,release=5,eligibility=5 (default: claims alone)')
    .option('--duplicates <share>', 'claims that are sent twice at once, the double click: 10%')
    .option('--abandon <share>', 'requests whose client is gone before the answer: 2%')
    .option('--coupons <number>', 'coupons the requests are spread over (default: 1)')
    .option('--connections <number>', 'connections to the server (default: 256, or one a request)')
    .option('--cold', 'connections are opened by the load itself')
    .option('--threads <number>', 'threads that send (default: 1)')
    .option('--warmup <time>', 'load on a coupon of its own before each run, not measured')
    .option('--seed <number>', 'repeat the requests of an earlier run')
}

function addTarget(stress: Command): void {
  stress
    .optionsGroup('What is stormed:')
    .option('--strategy <name>', `of the own server: ${strategies} (default: batch)`)
    .option('--compare <names>', 'several strategies in turn, side by side: batch,atomic,lock')
    .option('--repeat <number>', 'runs of each, in a new order every time (default: 1)')
    .option('--url <url>', 'a running server to storm in place of an own one')
    .option('--yes', 'storm a URL that is not this machine')
    .option('--login <username>', 'sign in there as this admin; COUPON_PASSWORD, or asked for')
    .option('--coupon <name>', 'the coupon, or what several begin with (default: a new one)')
}

function addResults(stress: Command): void {
  stress
    .optionsGroup('What comes out:')
    .option('--expect <threshold>', 'p99<50ms, claims_per_s>2000, errors<1%; may be repeated', gather)
    .option('--json [file]', 'the whole report as one JSON document, on stdout or in a file')
    .option('--csv <file>', 'one row a request')
    .option('--html <file>', 'one page with charts, that needs no network')
}

function gather(text: string, earlier: readonly string[] = []): readonly string[] {
  return [...earlier, text]
}

const notes = `
Exit codes: 0 good; 1 a check failed; 99 an --expect was crossed; 2 usage;
3 unreachable; 130 interrupted. Ctrl-C once reports what was measured; twice
leaves at once.`
