import Table from 'cli-table3'
import type { Audience } from '../../../server/public/basics.ts'
import type { CouponDetail, CouponSummary } from '../../../server/public/models.ts'
import type { Ui } from '../../ui.ts'
import { count, number, oneLine } from '../../words.ts'

/** One row a coupon, without lines around. */
export function couponTable(coupons: readonly CouponSummary[], { colour }: Ui): string {
  const blank = Object.fromEntries(borders.map((border) => [border, '']))
  const table = new Table({
    chars: { ...blank, middle: '  ' },
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
    colAligns: ['left', 'left', 'right', 'right'],
  })
  const titles = ['name', 'state', 'amount', 'remaining', 'starts', 'ends', 'audience']
  table.push(titles.map((title) => colour.bold(title)))
  for (const { name, state, amount, remaining_amount, starts_at, ends_at, audience } of coupons) {
    table.push([
      name,
      state,
      number(amount),
      number(remaining_amount),
      timeOf(starts_at),
      timeOf(ends_at),
      audienceText(audience),
    ])
  }
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
}

const borders = [
  'top',
  'top-mid',
  'top-left',
  'top-right',
  'bottom',
  'bottom-mid',
  'bottom-left',
  'bottom-right',
  'left',
  'left-mid',
  'mid',
  'mid-mid',
  'right',
  'right-mid',
]

/** More names than this are counted, not told. */
const namesMax = 10

/** A coupon on several lines. */
export function couponText(coupon: CouponDetail, { colour }: Ui): string {
  const { amount, remaining_amount, claimed_count, claimed_by } = coupon
  const names = claimed_by.slice(0, namesMax).map(oneLine)
  const more = claimed_count - names.length
  const who = [...names, ...(more > 0 ? [`${number(more)} more`] : [])].join(', ')
  const lines: [string, string][] = [
    ['state', coupon.state],
    ['amount', `${number(amount)}: ${number(claimed_count)} claimed, ${number(remaining_amount)} left`],
    ['starts', timeOf(coupon.starts_at)],
    ['ends', timeOf(coupon.ends_at)],
    ['paused', coupon.paused ? 'yes' : 'no'],
    ['reclaimable', coupon.reclaimable ? 'yes' : 'no'],
    ['audience', audienceText(coupon.audience)],
    ['claimed by', who === '' ? '-' : who],
  ]
  return [colour.bold(coupon.name), ...lines.map(([title, text]) => `  ${title.padEnd(12)} ${text}`)].join(
    '\n',
  )
}

function audienceText(audience: Audience): string {
  if (audience.kind === 'everyone') return 'everyone'
  if (audience.kind === 'list') return `list of ${count(audience.size, 'user')}`
  return `${audience.kind.replace('_', ' ')} ${timeOf(audience.at)}`
}

/** To the second where it is one. */
function timeOf(time: Date | null): string {
  return time === null ? '-' : time.toISOString().replace('.000Z', 'Z')
}
