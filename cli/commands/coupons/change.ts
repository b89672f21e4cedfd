import { AppError, type ConfigFlags, canonicalName, lookupName } from '../../../server/public/basics.ts'
import { type CommandAction, type CommandContext, exitCodes } from '../../command.ts'
import { createFlagReader } from '../../options.ts'
import { couponText } from './describe.ts'
import { readEither, readTerms, type TermsFlags } from './read-terms.ts'
import { withCoupons } from './with-coupons.ts'

const amounts = { min: 1, max: 2_147_483_647 } as const

export interface CreateFlags extends ConfigFlags, TermsFlags {
  readonly arguments: readonly string[]
  readonly amount?: string
  readonly paused?: boolean
}

export const create: CommandAction<CreateFlags> = async (flags, context) => {
  const [name = ''] = flags.arguments
  const read = createFlagReader()
  const canonical = canonicalName(name)
  if (canonical === '' || canonical.length > 255) {
    read.fault('NAME', `got ${JSON.stringify(name)}, wants a letter or digit and at most 255 characters`)
  }
  if (flags.amount === undefined) read.fault('--amount', 'is missing, wants how many of it there are')
  const amount = read.whole('--amount', flags.amount, { ...amounts, initial: 1 })
  const terms = await readTerms(flags, read, context.signal)
  read.finish()
  const wanted = { ...terms, name, amount, paused: flags.paused }
  const created = await withCoupons(flags, context, (coupons) => coupons.create(wanted))
  context.ui.note(`Coupon ${created.name} is created.`)
  context.ui.print(couponText(created, context.ui))
  return exitCodes.good
}

export interface EditFlags extends ConfigFlags, TermsFlags {
  readonly arguments: readonly string[]
  readonly amount?: string
  readonly pause?: boolean
  readonly resume?: boolean
}

export const edit: CommandAction<EditFlags> = async (flags, context) => {
  const [name = ''] = flags.arguments
  const read = createFlagReader()
  const amount =
    flags.amount === undefined
      ? undefined
      : read.whole('--amount', flags.amount, { ...amounts, initial: amounts.min })
  const paused = readEither(flags.pause, flags.resume, read, '--pause')
  const changes = { ...(await readTerms(flags, read, context.signal)), amount, paused }
  read.finish()
  if (Object.values(changes).every((value) => value === undefined)) {
    throw new AppError('invalid', 'Nothing to change: name at least one flag, such as --amount or --pause.')
  }
  const changed = await withCoupons(flags, context, (coupons) => coupons.edit(name, changes))
  context.ui.note(`Coupon ${changed.name} is changed.`)
  context.ui.print(couponText(changed, context.ui))
  return exitCodes.good
}

export interface RemoveFlags extends ConfigFlags {
  readonly arguments: readonly string[]
  readonly yes?: boolean
}

export const remove: CommandAction<RemoveFlags> = async (flags, context) => {
  const [name = ''] = flags.arguments
  if (flags.yes !== true && !(await isConfirmed(lookupName(name), context))) {
    context.ui.print('Nothing was deleted.')
    return exitCodes.good
  }
  const removed = await withCoupons(flags, context, (coupons) => coupons.remove(name))
  context.ui.print(`Coupon ${removed.name} is deleted. Its claims are kept; the name is free again.`)
  return exitCodes.good
}

/** The prompt library is loaded only here. */
async function isConfirmed(name: string, { ui, signal }: CommandContext): Promise<boolean> {
  if (!ui.isInteractive) {
    throw new AppError('invalid', `To delete coupon ${name} say --yes: there is no terminal to ask on.`)
  }
  const { default: inquirer } = await import('inquirer')
  try {
    const message = `Delete coupon ${name}?`
    const answers = await inquirer.prompt([{ type: 'confirm', name: 'isSure', message, default: false }])
    return answers.isSure === true
  } catch (error) {
    if (signal.aborted || (error as Error).name === 'ExitPromptError')
      throw new AppError('interrupted', 'Interrupted.')
    throw error
  }
}
