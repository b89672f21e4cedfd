import type { Command } from 'commander'
import { claimStates } from '../../server/claims/life.ts'
import { couponSortKeys, couponSorts } from '../../server/coupons/sort.ts'
import { couponStates } from '../../server/coupons/state.ts'
import { configFlag, examples, offer, type Runs } from './parts.ts'

const time = 'as 2026-11-27T09:00:00Z, or none'
const audience = 'everyone, a CSV file of usernames, registered-before:TIME or registered-after:TIME'

export function addCoupons(program: Command, runs: Runs): void {
  const coupons = program
    .command('coupons')
    .description('Look at coupons, make, change and delete them.')
    .addHelpText(
      'after',
      examples(
        'coupon coupons list',
        'coupon coupons create SUMMER_SALE --amount 500',
        'coupon coupons show SUMMER_SALE',
      ),
    )
  addList(coupons, runs)
  addShow(coupons, runs)
  addCreate(coupons, runs)
  addEdit(coupons, runs)
  addDelete(coupons, runs)
}

function addList(coupons: Command, runs: Runs): void {
  const list = coupons
    .command('list')
    .description('List the coupons.')
    .option('--state <state>', `one of ${couponStates.join(', ')}`)
    .option('--search <text>', 'a part of the name, in any case')
    .option('--sort <key>', `${couponSortKeys.join(', ')}; with a "-" in front descending`)
    .option('--json', 'print one JSON document on stdout')
    .option(...configFlag)
    .addHelpText(
      'after',
      examples(
        'coupon coupons list',
        'coupon coupons list --state active --sort=-remaining',
        'coupon coupons list --search sale --json',
      ),
    )
    .action(runs(async () => (await import('../commands/coupons/look.ts')).list))
  offer(list, '--state', couponStates)
  offer(list, '--sort', couponSorts)
}

function addShow(coupons: Command, runs: Runs): void {
  coupons
    .command('show')
    .description('Show a coupon, its terms, and who has it.')
    .argument('<name>', 'the coupon')
    .option('--json', 'print one JSON document on stdout')
    .option(...configFlag)
    .addHelpText(
      'after',
      examples('coupon coupons show COUPON_TEST', 'coupon coupons show COUPON_TEST --json'),
    )
    .action(runs(async () => (await import('../commands/coupons/look.ts')).show))
}

function addCreate(coupons: Command, runs: Runs): void {
  const create = coupons
    .command('create')
    .description('Make a coupon.')
    .argument('<name>', 'stored in upper case, with "_" for whatever is no letter or digit')
    .option('--amount <number>', 'how many of it there are')
    .option('--starts-at <time>', `from when it can be claimed: ${time}`)
    .option('--ends-at <time>', `until when: ${time}`)
    .option('--paused', 'nobody can claim it until it is resumed')
    .option('--not-reclaimable', 'who gave it back cannot have it again')
    .option('--audience <who>', `who can claim it: ${audience}`)
    .option('--audience-file <file>', 'the same for a CSV file of usernames')
    .option(...configFlag)
    .addHelpText(
      'after',
      examples(
        'coupon coupons create SUMMER_SALE --amount 500',
        'coupon coupons create NIGHT --amount 50 --starts-at 2026-11-27T22:00:00+01:00 --paused',
        'coupon coupons create CLUB --amount 1000 --audience-file members.csv',
      ),
    )
    .action(runs(async () => (await import('../commands/coupons/change.ts')).create))
  offer(create, '--audience', ['everyone'], { isFile: true })
}

function addEdit(coupons: Command, runs: Runs): void {
  const edit = coupons
    .command('edit')
    .description('Change a coupon; what is not named stays as it is.')
    .argument('<name>', 'the coupon')
    .option('--amount <number>', 'how many of it there are, not fewer than are claimed')
    .option('--starts-at <time>', `from when it can be claimed: ${time}`)
    .option('--ends-at <time>', `until when: ${time}`)
    .option('--pause', 'nobody can claim it for now')
    .option('--resume', 'it can be claimed again')
    .option('--reclaimable', 'who gave it back can have it again')
    .option('--not-reclaimable', 'who gave it back cannot have it again')
    .option('--audience <who>', `who can claim it: ${audience}`)
    .option('--audience-file <file>', 'the same for a CSV file of usernames')
    .option(...configFlag)
    .addHelpText(
      'after',
      examples(
        'coupon coupons edit SUMMER_SALE --amount 600 --ends-at none',
        'coupon coupons edit SUMMER_SALE --pause',
        'coupon coupons edit CLUB --audience registered-before:2026-01-01T00:00:00Z',
      ),
    )
    .action(runs(async () => (await import('../commands/coupons/change.ts')).edit))
  offer(edit, '--audience', ['everyone'], { isFile: true })
}

function addDelete(coupons: Command, runs: Runs): void {
  coupons
    .command('delete')
    .description('Delete a coupon. Its claims are kept, and its name is free again. On a terminal it asks.')
    .argument('<name>', 'the coupon')
    .option('--yes', 'do not ask')
    .option(...configFlag)
    .addHelpText(
      'after',
      examples('coupon coupons delete SUMMER_SALE', 'coupon coupons delete SUMMER_SALE --yes'),
    )
    .action(runs(async () => (await import('../commands/coupons/change.ts')).remove))
}

export function addClaims(program: Command, runs: Runs): void {
  const claims = program
    .command('claims')
    .description('Look at claims.')
    .addHelpText('after', examples('coupon claims export --coupon COUPON_TEST --out claims.csv'))
  const claimsExport = claims
    .command('export')
    .description('Write the claims of a coupon as CSV, on stdout or to a file.')
    .option('--coupon <name>', 'the coupon')
    .option('--state <state>', `one of ${claimStates.join(', ')} (default: all)`)
    .option('--user <username>', 'of this user alone')
    .option('--out <file>', 'write this file; it is replaced when all of it is there (default: stdout)')
    .option(...configFlag)
    .addHelpText(
      'after',
      examples(
        'coupon claims export --coupon COUPON_TEST > claims.csv',
        'coupon claims export --coupon COUPON_TEST --state confirmed --out claims.csv',
      ),
    )
    .action(runs(async () => (await import('../commands/claims-export.ts')).exportClaims))
  offer(claimsExport, '--state', claimStates)
}
