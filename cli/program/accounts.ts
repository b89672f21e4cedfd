import type { Command } from 'commander'
import { roles } from '../../server/users/rules.ts'
import { configFlag, examples, offerArgument, type Runs } from './parts.ts'

export function addUser(program: Command, runs: Runs): void {
  const user = program
    .command('user')
    .description('Add and change the users who sign in.')
    .addHelpText(
      'after',
      examples('coupon user create alice --admin', 'coupon user list', 'coupon user password alice'),
    )
  const stdinFlag = ['--password-stdin', 'read the password from stdin, without asking'] as const
  user
    .command('create')
    .description('Add a user. The password is asked for without echo, or read from a piped stdin.')
    .argument('<username>', '1 to 100 letters, digits and . _ @ + -')
    .option('--admin', 'with the role admin (default: user)')
    .option('--full-name <name>', 'the full name (default: the username)')
    .option(...stdinFlag)
    .option(...configFlag)
    .addHelpText(
      'after',
      examples(
        'coupon user create alice --admin',
        'pass show alice | coupon user create alice --password-stdin',
      ),
    )
    .action(runs(async () => (await import('../commands/user.ts')).create))
  user
    .command('list')
    .description('List the users by name, with their roles.')
    .option('--json', 'print one JSON document on stdout')
    .option(...configFlag)
    .addHelpText('after', examples('coupon user list', 'coupon user list --json | jq length'))
    .action(runs(async () => (await import('../commands/user.ts')).list))
  const role = user
    .command('role')
    .description('Give a user the role user or admin.')
    .argument('<username>')
    .argument('<role>', 'user or admin')
    .option(...configFlag)
    .addHelpText('after', examples('coupon user role alice admin'))
    .action(runs(async () => (await import('../commands/user.ts')).role))
  offerArgument(role, roles)
  user
    .command('password')
    .description('Set a new password, which ends every sign-in of the user.')
    .argument('<username>')
    .option(...stdinFlag)
    .option(...configFlag)
    .addHelpText(
      'after',
      examples('coupon user password alice', 'pass show alice | coupon user password alice --password-stdin'),
    )
    .action(runs(async () => (await import('../commands/user.ts')).password))
}

export function addToken(program: Command, runs: Runs): void {
  program
    .command('token')
    .description('Print an access token of a user and nothing else, for scripts.')
    .argument('<username>')
    .option('--ttl <duration>', 'how long it is valid (default: auth.access_token_expiration)')
    .option(...configFlag)
    .addHelpText(
      'after',
      examples(
        'coupon token alice',
        'curl -H "Authorization: Bearer $(coupon token admin --ttl 1h)" localhost:9000/api/coupons',
      ),
    )
    .action(runs(async () => (await import('../commands/token.ts')).token))
}
