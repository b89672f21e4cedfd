import type { StressPlan } from '../plan.ts'
import type { LoadShape, Mix } from '../shape.ts'
import { stressDefaults } from './limits.ts'
import { rounded } from './quantities.ts'
import { connectionsOf } from './ways.ts'
import { isThisMachine } from './where.ts'

/** The command that does the same again, quoted for a shell; it holds no secret, for a plan has none. */
export function commandOf(plan: StressPlan, config?: string): string {
  const words = ['coupon', 'stress', ...whereWords(plan), ...loadWords(plan), ...waysWords(plan)]
  const expectations = plan.expectations.flatMap(({ expression }) => ['--expect', expression])
  const rest = config === undefined ? [] : ['--config', config]
  return [...words, ...expectations, ...rest].map(quoteForShell).join(' ')
}

function whereWords({ url, login, strategies, isCouponGiven, coupon }: StressPlan): string[] {
  const [first = null] = strategies
  return [
    ...flag('--url', url),
    ...(url === null || isThisMachine(new URL(url).hostname) ? [] : ['--yes']),
    ...flag('--login', login),
    ...(strategies.length > 1 ? ['--compare', strategies.join(',')] : flag('--strategy', first)),
    ...flag('--coupon', isCouponGiven ? coupon : null),
  ]
}

function loadWords({ shape, quota, isQuotaGiven, url }: StressPlan): string[] {
  const { users, attempts, coupons, duplicates, abandon, mix, load } = shape
  return [
    ...flag('--users', users),
    // Of a server that is not ours, an existing coupon's stock is taken as it is when nobody says a quota.
    ...flag('--quota', isQuotaGiven || url === null ? quota : null),
    ...flag('--attempts', unless(stressDefaults.attempts, attempts)),
    ...whenWords(load),
    ...flag('--coupons', unless(stressDefaults.coupons, coupons)),
    ...flag('--mix', isDefaultMix(mix) ? null : mixWord(mix)),
    ...flag('--duplicates', duplicates === 0 ? null : percent(duplicates)),
    ...flag('--abandon', abandon === 0 ? null : percent(abandon)),
  ]
}

function whenWords(load: LoadShape): string[] {
  if (load.kind === 'burst') return []
  if (load.kind === 'rate') return ['--rate', `${load.perS}`, '--duration', seconds(load.durationS)]
  return ['--ramp', `${load.fromPerS}:${load.toPerS}:${seconds(load.durationS)}`]
}

function waysWords(plan: StressPlan): string[] {
  const { connections, threads, warmupS, repeat, isCold, shape } = plan
  return [
    ...flag('--connections', unless(connectionsOf(plan.requests, shape.duplicates), connections)),
    ...flag('--threads', unless(stressDefaults.threads, threads)),
    ...(isCold ? ['--cold'] : []),
    ...flag('--warmup', warmupS === stressDefaults.warmupS ? null : seconds(warmupS)),
    ...flag('--repeat', unless(stressDefaults.repeat, repeat)),
    ...flag('--seed', shape.seed),
  ]
}

function flag(name: string, value: string | number | null): string[] {
  return value === null ? [] : [name, String(value)]
}

function unless(initial: number, value: number): number | null {
  return value === initial ? null : value
}

function isDefaultMix({ release, eligibility }: Mix): boolean {
  return release === 0 && eligibility === 0
}

function mixWord(mix: Mix): string {
  const named = Object.entries(mix).filter(([, weight]) => weight > 0)
  return named.map(([kind, weight]) => `${kind}=${weight}`).join(',')
}

function percent(share: number): string {
  return `${rounded(share * 100)}%`
}

function seconds(value: number): string {
  return value % 1 === 0 ? `${value}s` : `${rounded(value * 1000)}ms`
}

/** Words of these letters mean nothing to a shell; all others stand in single quotes. */
function quoteForShell(word: string): string {
  return /^[\w./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}
