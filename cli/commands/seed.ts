import {
  AppError,
  type Config,
  type ConfigFlags,
  canonicalName,
  newSecret,
} from '../../server/public/basics.ts'
import {
  demoPassword,
  demoUserCount,
  type Pool,
  seedCoupon,
  seedUsers,
} from '../../server/public/database.ts'
import { type CommandAction, type CommandContext, exitCodes } from '../command.ts'
import { createFlagReader } from '../options.ts'
import { parseWhole } from '../whole.ts'
import { count, number } from '../words.ts'
import { withDatabase } from './with-database.ts'

export interface SeedFlags extends ConfigFlags {
  readonly users?: string
  readonly coupon?: string
  readonly amount?: string
  readonly yes?: boolean
}

interface SeedPlan {
  readonly users: number
  readonly coupon: string
  readonly amount: number
}

const initial = { users: demoUserCount, coupon: 'COUPON_TEST', amount: 10 } as const
const limits = { users: { min: 0, max: 10_000_000 }, amount: { min: 1, max: 2_147_483_647 } } as const

/** Adds the demo users and the coupon that are missing, and says what it did. */
export const seed: CommandAction<SeedFlags> = async (flags, context) => {
  const plan = readPlan(await askIfBare(flags, context))
  return withDatabase(flags, context, async ({ config, pool, url, description }) => {
    context.ui.note(`Using ${description}.`)
    const isPublic = config.app.env !== 'production'
    context.ui.print(await addUsers(pool, { count: plan.users, isPublic }, context))
    context.ui.print(await addCoupon(pool, plan))
    context.ui.print(await addAdmin(url, config))
    return exitCodes.good
  })
}

function readPlan({ users, coupon = initial.coupon, amount }: SeedFlags): SeedPlan {
  const read = createFlagReader()
  const plan = {
    users: read.whole('--users', users, { ...limits.users, initial: initial.users }),
    amount: read.whole('--amount', amount, { ...limits.amount, initial: initial.amount }),
    coupon: canonicalName(coupon),
  }
  if (plan.coupon === '' || plan.coupon.length > 255) {
    read.fault(
      '--coupon',
      `got ${JSON.stringify(coupon)}, wants a name with a letter or digit and at most 255 characters`,
    )
  }
  read.finish()
  return plan
}

/** On a terminal without flags the answers come from a person; the prompt library is loaded only then. */
async function askIfBare(flags: SeedFlags, { ui, signal }: CommandContext): Promise<SeedFlags> {
  const isBare = flags.users === undefined && flags.coupon === undefined && flags.amount === undefined
  if (!isBare || flags.yes === true || !ui.isInteractive) return flags
  const { default: inquirer } = await import('inquirer')
  const whole = (range: { min: number; max: number }) => (text: string) =>
    parseWhole(text, range) !== null || `A whole number from ${range.min} to ${range.max}.`
  try {
    const answers = await inquirer.prompt([
      {
        type: 'input',
        name: 'users',
        message: 'How many users?',
        default: String(initial.users),
        validate: whole(limits.users),
      },
      {
        type: 'input',
        name: 'coupon',
        message: "The coupon's name?",
        default: initial.coupon,
        validate: (text: string) => canonicalName(text) !== '' || 'A name with a letter or a digit.',
      },
      {
        type: 'input',
        name: 'amount',
        message: 'How many of it?',
        default: String(initial.amount),
        validate: whole(limits.amount),
      },
    ])
    return { ...flags, ...answers }
  } catch (error) {
    if (signal.aborted || (error as Error).name === 'ExitPromptError')
      throw new AppError('interrupted', 'Interrupted.')
    throw error
  }
}

interface DemoUsers {
  readonly count: number
  /** With the password everybody knows; in production nobody is told theirs. */
  readonly isPublic: boolean
}

async function addUsers(
  pool: Pool,
  { count: users, isPublic }: DemoUsers,
  { ui, signal }: CommandContext,
): Promise<string> {
  const password = isPublic ? demoPassword : newSecret()
  const isLong = users > 10_000
  const progress = isLong ? ui.progress([{ label: 'users', total: users }]) : null
  const onProgress = (done: number) => progress?.update([{ value: done, note: '' }])
  const { added, existing } = await seedUsers(pool, { count: users, password, onProgress, signal }).finally(
    () => progress?.stop(),
  )
  if (added === 0) return `Users: added none, all ${number(existing)} exist already.`
  const range = users === 1 ? 'user_0' : `user_0 … user_${users - 1}`
  const rest = existing === 0 ? '' : ` ${number(existing)} existed already.`
  const how = isPublic ? `the password "${demoPassword}"` : 'a random password that nobody knows'
  return `Users: added ${count(added, 'user')} of ${range}, with ${how}.${rest}`
}

async function addCoupon(pool: Pool, { coupon, amount }: SeedPlan): Promise<string> {
  const seeded = await seedCoupon(pool, { name: coupon, amount })
  if (seeded.added) return `Coupon: added ${coupon} with an amount of ${number(amount)}.`
  const state = `${number(seeded.remaining_amount)} of ${number(seeded.amount)} left`
  return `Coupon: added none, ${coupon} exists already (${state}).`
}

/** The password is told this once; only its hash is stored. */
async function addAdmin(databaseUrl: string, { app }: Config): Promise<string> {
  const { openUsers } = await import('../../server/public/models.ts')
  const { users, close } = openUsers(databaseUrl)
  const [username, password] = ['admin', newSecret()]
  try {
    await users.register({ username, password, fullName: 'Admin', role: 'admin' })
  } catch (error) {
    if (!(error instanceof AppError && error.code === 'username_taken')) throw error
    const role = (await users.find(username))?.role ?? 'user'
    const hint =
      role === 'admin' ? '' : ` with the role ${role} ("coupon user role ${username} admin" changes that)`
    return `Admin: added none, ${username} exists already${hint}; "coupon user password ${username}" sets a new password.`
  } finally {
    await close()
  }
  const host = /^(0\.0\.0\.0|::)$/.test(app.host)
    ? 'localhost'
    : app.host.includes(':')
      ? `[${app.host}]`
      : app.host
  const url = `http://${host}:${app.port}${app.apiPrefix}/auth/login`
  return (
    `Admin: added ${username}, with the password "${password}", which is told this once. Sign in with\n` +
    `  curl -s ${url} -H 'content-type: application/json' -d '${JSON.stringify({ username, password })}'`
  )
}
