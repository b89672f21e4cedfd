import { auditCoupons, type CouponAudit, countRoughly, type Pool } from '../../../server/public/database.ts'
import { count, number } from '../../words.ts'
import { error, type Finding, note, ok } from './finding.ts'

/** To add up so many claims takes a second or two. */
const claimsMax = 2_000_000

/** What `coupon verify` proves, unless there is so much of it that it would take long. */
export async function examineCoupons(pool: Pool): Promise<Finding[]> {
  const claims = await countRoughly(pool, 'user_claims')
  if (claims > claimsMax) {
    const found = `There are about ${number(claims)} claims: not added up here.`
    return [note('sums', found, 'coupon verify')]
  }
  return [judgeCoupons(await auditCoupons(pool))]
}

export function judgeCoupons(audits: readonly CouponAudit[]): Finding {
  const failed = audits.filter(({ passed }) => !passed)
  if (failed.length === 0) {
    return ok(
      'sums',
      `${count(audits.length, 'coupon')}: none oversold, nobody has two, each counter is right.`,
    )
  }
  const names = failed.map(({ coupon, checks }) => {
    const wrong = checks.filter(({ passed }) => !passed).map(({ name }) => name)
    return `${coupon} (${wrong.join(', ')})`
  })
  const shown = names.slice(0, 5).join(', ')
  const rest = names.length > 5 ? ` and ${names.length - 5} more` : ''
  return error('sums', `The sums of ${shown}${rest} do not agree.`, 'coupon verify, which tells the figures')
}
