import { AppError, type ConfigFlags, lookupName } from '../../server/public/basics.ts'
import { auditCoupons, type CouponAudit } from '../../server/public/database.ts'
import { type CommandAction, exitCodes } from '../command.ts'
import type { Ui } from '../ui.ts'
import { count } from '../words.ts'
import { withDatabase } from './with-database.ts'

export interface VerifyFlags extends ConfigFlags {
  readonly coupon?: string
  readonly json?: boolean
}

/** Checks every coupon, or one, from the database alone. Exit code 1 when a check fails. */
export const verify: CommandAction<VerifyFlags> = (flags, context) =>
  withDatabase(flags, context, async ({ pool, description }) => {
    const { ui } = context
    const coupon = flags.coupon === undefined ? undefined : lookupName(flags.coupon)
    const audits = await auditCoupons(pool, coupon)
    if (coupon !== undefined && audits.length === 0) {
      throw new AppError('not_found', `There is no coupon ${coupon} in the ${description}.`)
    }
    const passed = audits.every((audit) => audit.passed)
    if (flags.json === true) ui.print(JSON.stringify({ coupons: audits, passed }, null, 2))
    else show(audits, passed, ui)
    return passed ? exitCodes.good : exitCodes.checkFailed
  })

function show(audits: readonly CouponAudit[], passed: boolean, ui: Ui): void {
  const { green, red, bold } = ui.colour
  for (const { coupon, amount, claims, checks } of audits) {
    ui.print(bold(`${coupon}: ${claims} of ${amount} claimed`))
    for (const { name, passed: isPassed, detail } of checks) {
      ui.print(`  ${isPassed ? green('✓') : red('✗')} ${name.padEnd(16)} ${detail}`)
    }
  }
  const failed = audits.filter((audit) => !audit.passed).length
  if (audits.length === 0) ui.print('There are no coupons.')
  else if (passed) ui.print(green(`PASSED: ${count(audits.length, 'coupon')} checked.`))
  else ui.print(red(`FAILED: ${failed} of ${count(audits.length, 'coupon')}.`))
}
