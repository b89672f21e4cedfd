import { Command, CommanderError } from 'commander'
import { strategyNames } from '../server/claims/names.ts'
import { authModes } from '../server/config/auth-modes.ts'
import type { CommandAction, CommandContext } from './command.ts'
import { addToken, addUser } from './program/accounts.ts'
import { addChaos } from './program/chaos.ts'
import { addCompletion } from './program/completion.ts'
import { addClaims, addCoupons } from './program/coupons.ts'
import { addDoctor } from './program/doctor.ts'
import { addHelp } from './program/help.ts'
import { configFlag, examples, offer, type Runs } from './program/parts.ts'
import { addReport } from './program/report.ts'
import { addStress } from './program/stress.ts'
import { packageVersion } from './version.ts'

/**
 * The command tree as data. A command's code is loaded when it runs, so that `--help` loads none of it.
 * Options carry no defaults: those live with the configuration and in each command, which name them in the text.
 */
export function buildProgram(context: CommandContext, setExitCode: (code: number) => void): Command {
  const program = new Command('coupon')
    .description(
      'Hands out a coupon of limited quota to many people at once: exactly, durably, fast, with the proof.',
    )
    .option('-V, --version', 'print the version')
    .on('option:version', printVersion)
    .exitOverride()
    .configureOutput({
      writeErr: (text) => process.stderr.write(text),
      writeOut: (text) => process.stdout.write(text),
    })
    .showSuggestionAfterError()
    .helpCommand('help [command]', 'Show the help of a command')
  /** Loads the command's code, runs it with its flags, keeps its exit code. */
  const runs = <Flags>(load: () => Promise<CommandAction<Flags>>) =>
    async function (this: Command): Promise<void> {
      const action = await load()
      setExitCode(await action({ ...this.opts<Flags & object>(), arguments: this.args } as Flags, context))
    }

  addServe(program, runs)
  addMigrate(program, runs)
  addSeed(program, runs)
  addUser(program, runs)
  addToken(program, runs)
  addStress(program, runs)
  addReport(program, runs)
  addChaos(program, runs)
  addVerify(program, runs)
  addDoctor(program, runs)
  addCoupons(program, runs)
  addClaims(program, runs)
  addCompletion(program, runs)
  addHelp(program, runs)
  return program
}

/** Only when it is asked for, so that no other command reads a file for it. Ends as `--help` does. */
function printVersion(): never {
  process.stdout.write(`${packageVersion()}\n`)
  throw new CommanderError(0, 'commander.version', 'printed')
}

const strategies = strategyNames.join(', ')

function addServe(program: Command, runs: Runs): void {
  const serve = program
    .command('serve')
    .description('Run the API. Without a configured database it keeps an embedded Postgres in .coupon/.')
    .option('--port <number>', 'port to listen on, 0 for any free one (default: 9000)')
    .option('--host <address>', 'address to listen on (default: 127.0.0.1)')
    .option('--auth <mode>', 'who may do what: token, or open for everybody everything (default: token)')
    .option('--allow-open', 'let open mode listen beyond this machine; never in production')
    .option('--strategy <name>', `how claims are decided: ${strategies} (default: batch)`)
    .option('--workers <number>', 'server processes that share the port (default: 1)')
    .option('--migrate', 'apply pending migrations first')
    .option(...configFlag)
    .addHelpText(
      'after',
      examples(
        'coupon serve',
        'coupon serve --port 8080 --strategy atomic',
        'coupon serve --auth open',
        'DATABASE_URL=postgres://… coupon serve --migrate --workers 2',
      ),
    )
    .action(runs(async () => (await import('./commands/serve.ts')).serve))
  offer(serve, '--strategy', strategyNames)
  offer(serve, '--auth', authModes)
}

function addMigrate(program: Command, runs: Runs): void {
  const migrate = program
    .command('migrate')
    .description('Bring the database schema up to date, or back.')
    .addHelpText(
      'after',
      examples(
        'coupon migrate',
        'coupon migrate status',
        'coupon migrate down --to 0001_seed_tables',
        'coupon migrate create add_audience',
      ),
    )
  migrate
    .command('up', { isDefault: true })
    .allowExcessArguments()
    .description('Apply every pending migration (what "coupon migrate" does).')
    .option(...configFlag)
    .addHelpText('after', examples('coupon migrate', 'coupon migrate up'))
    .action(runs(async () => (await import('./commands/migrate.ts')).up))
  migrate
    .command('down')
    .description('Revert the last migration.')
    .option('--to <name>', 'revert every migration after this one')
    .option('--all', 'revert every migration; all data is lost')
    .option(...configFlag)
    .addHelpText(
      'after',
      examples(
        'coupon migrate down',
        'coupon migrate down --to 0001_seed_tables',
        'coupon migrate down --all',
      ),
    )
    .action(runs(async () => (await import('./commands/migrate.ts')).down))
  migrate
    .command('status')
    .description('List the migrations and when each was applied.')
    .option(...configFlag)
    .addHelpText('after', examples('coupon migrate status'))
    .action(runs(async () => (await import('./commands/migrate.ts')).status))
  migrate
    .command('create')
    .description('Write a new, empty migration into migrations/ of a source checkout.')
    .argument('<name>', 'what it does, in words: add_audience')
    .addHelpText('after', examples('coupon migrate create add_audience'))
    .action(runs(async () => (await import('./commands/migrate-create.ts')).create))
}

function addSeed(program: Command, runs: Runs): void {
  program
    .command('seed')
    .description(
      'Add an admin, demo users and a coupon; what exists is left as it is. On a terminal without flags it asks.',
    )
    .option('--users <number>', 'users user_0, user_1, … (default: 101, as the original)')
    .option('--coupon <name>', 'the coupon (default: COUPON_TEST)')
    .option('--amount <number>', "the coupon's amount (default: 10)")
    .option('--yes', 'do not ask')
    .option(...configFlag)
    .addHelpText(
      'after',
      examples('coupon seed', 'coupon seed --users 100000 --coupon SUMMER_SALE --amount 500'),
    )
    .action(runs(async () => (await import('./commands/seed.ts')).seed))
}

function addVerify(program: Command, runs: Runs): void {
  program
    .command('verify')
    .description(
      'Prove from the database alone that no coupon was oversold, nobody has two, and each counter is right.',
    )
    .option('--coupon <name>', 'one coupon (default: all)')
    .option('--json', 'print one JSON document on stdout')
    .option(...configFlag)
    .addHelpText('after', examples('coupon verify', 'coupon verify --coupon COUPON_TEST --json'))
    .action(runs(async () => (await import('./commands/verify.ts')).verify))
}
