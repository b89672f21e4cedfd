import { parseWhole } from '../whole.ts'
import type { ScriptShape } from './shape.ts'
import type { Expectation } from './expectations.ts'
import { number } from '../words.ts'
import { canonicalCouponName, couponNameLengthMax } from './coupon-name.ts'

/** What the command line said, word for word; commander adds no defaults. */
export interface StressFlags {
  readonly users?: string
  readonly quota?: string
  readonly attempts?: string
  readonly rate?: string
  readonly ramp?: string
  readonly duration?: string
  readonly duplicates?: string
  readonly abandon?: string
  readonly mix?: string
  readonly coupons?: string
  readonly warmup?: string
  readonly repeat?: string
  readonly threads?: string
  readonly cold?: boolean
  readonly compare?: string
  /** As often as it was said. */
  readonly expect?: readonly string[]
  readonly strategy?: string
  readonly url?: string
  readonly login?: string
  readonly coupon?: string
  readonly connections?: string
  readonly seed?: string
  /** True without a file name. */
  readonly json?: string | boolean
  readonly csv?: string
  readonly html?: string
  readonly yes?: boolean
}

/** A storm, decided in every point but what the target has the last word on. */
export interface StressPlan {
  /** The same for every run but for the seed: each repeat's is the plan's plus the repeat's number, from 0. */
  readonly shape: ScriptShape
  /** Requests of one run, duplicates among them. */
  readonly requests: number
  /** The amount of each coupon that is made for a run; an existing one brings its own stock. */
  readonly quota: number
  /** False when `quota` is the default: then an existing coupon's stock is taken as it is. */
  readonly isQuotaGiven: boolean
  readonly connections: number
  /** Connections are opened by the load itself; else they are opened and used once before it. */
  readonly isCold: boolean
  /** Worker threads that send; with 1 the main thread does it. */
  readonly threads: number
  /** Seconds of load on a coupon of its own before each run, neither measured nor proved. */
  readonly warmupS: number
  readonly repeat: number
  /** Canonical; the name of the one coupon of a single run. See `couponNamesOf`. */
  readonly coupon: string
  readonly isCouponGiven: boolean
  /** Without a slash at its end; null means: a server of our own. */
  readonly url: string | null
  /** Who signs in at `url`, an admin; null leaves it to a secret to sign with. */
  readonly login: string | null
  /** Of a server of our own, one after the other; a single null leaves it to the configuration or to `url`. */
  readonly strategies: readonly (string | null)[]
  readonly expectations: readonly Expectation[]
}

/** One flag that does not fit, and the rest of the sentence "FLAG: …". */
export interface PlanFault {
  readonly key: string
  readonly value: string
}

export type PlanReading = { readonly plan: StressPlan } | { readonly faults: readonly PlanFault[] }

export const stressDefaults = { users: 1000, quota: 100, attempts: 1, connectionsMax: 256 } as const

export const stressLimits = {
  users: 1_000_000,
  quota: 2_147_483_647,
  attempts: 100,
  connections: 10_000,
  seed: 4_294_967_295,
  /** 22 bytes a request are kept until the report is made: 220 MB. */
  requests: 10_000_000,
} as const

/** What the plan takes from chance; given by the caller, so that reading flags stays pure. */
export interface PlanChance {
  readonly seed: number
  /** Makes the coupon's name new at every run. */
  readonly suffix: string
}

/** Reads the flags, all of them, and reports every fault there is at once. */
export function readPlan(flags: StressFlags, chance: PlanChance): PlanReading {
  const faults: PlanFault[] = []
  const whole = (flag: NumberFlag, min: number, initial: number) =>
    readWhole(flags[flag], flag, { min, initial, faults })
  const users = whole('users', 1, stressDefaults.users)
  const attempts = whole('attempts', 1, stressDefaults.attempts)
  const requests = users * attempts
  checkRequests(requests, faults)
  const plan: StressPlan = {
    users,
    attempts,
    requests,
    quota: readQuota(flags.quota, faults),
    isQuotaGiven: flags.quota !== undefined,
    connections: whole('connections', 1, Math.min(requests, stressDefaults.connectionsMax)),
    seed: whole('seed', 0, chance.seed),
    coupon: readCoupon(flags.coupon, chance.suffix, faults),
    url: readUrl(flags, faults),
    login: readLogin(flags, faults),
    strategy: readStrategy(flags, faults),
  }
  return faults.length > 0 ? { faults } : { plan }
}

type NumberFlag = 'users' | 'quota' | 'attempts' | 'connections' | 'seed'

interface WholeOptions {
  readonly min: number
  readonly initial: number
  readonly faults: PlanFault[]
}

function readWhole(
  text: string | undefined,
  flag: NumberFlag,
  { min, initial, faults }: WholeOptions,
): number {
  if (text === undefined) return initial
  const max = stressLimits[flag]
  const value = parseWhole(text, { min, max })
  if (value !== null) return value
  faults.push({
    key: `--${flag}`,
    value: `got ${quote(text)}, wants a whole number from ${min} to ${number(max)}`,
  })
  return initial
}

function readQuota(text: string | undefined, faults: PlanFault[]): number {
  if (text === undefined || !/^0+$/.test(text)) {
    return readWhole(text, 'quota', { min: 1, initial: stressDefaults.quota, faults })
  }
  faults.push({
    key: '--quota',
    value: `got "${text}", but the API makes no coupon with an amount below 1; wants 1 or more`,
  })
  return stressDefaults.quota
}

function checkRequests(requests: number, faults: PlanFault[]): void {
  if (requests <= stressLimits.requests) return
  const value = `got ${number(requests)} requests (users x attempts), wants at most ${number(stressLimits.requests)} in one run`
  faults.push({ key: '--attempts', value })
}

function readCoupon(text: string | undefined, suffix: string, faults: PlanFault[]): string {
  const name = canonicalCouponName(text ?? `STRESS_${suffix}`)
  if (name !== '' && name.length <= couponNameLengthMax) return name
  const wants = `wants a name with at least one letter or digit and at most ${couponNameLengthMax} characters`
  faults.push({ key: '--coupon', value: `got ${quote(text ?? '')}, ${wants}` })
  return name
}

function readStrategy({ strategy, url }: StressFlags, faults: PlanFault[]): string | null {
  if (strategy === undefined) return null
  if (url === undefined) return strategy
  const value = `got ${quote(strategy)} together with --url, but that server has its own; wants one of the two`
  faults.push({ key: '--strategy', value })
  return null
}

function readLogin({ login, url }: StressFlags, faults: PlanFault[]): string | null {
  if (login === undefined || (url !== undefined && login !== '')) return login ?? null
  const value = `got ${quote(login)}, wants the username of an admin, together with --url`
  faults.push({ key: '--login', value })
  return null
}

function readUrl({ url: text, yes }: StressFlags, faults: PlanFault[]): string | null {
  if (text === undefined) return null
  const url = URL.parse(text)
  if (url === null || !/^https?:$/.test(url.protocol) || url.search !== '' || url.hash !== '') {
    faults.push({ key: '--url', value: `got ${quote(text)}, wants an address such as http://127.0.0.1:9000` })
    return null
  }
  if (url.username !== '' || url.password !== '') {
    faults.push({ key: '--url', value: 'got an address with a name or password in it, wants one without' })
    return null
  }
  if (!isThisMachine(url.hostname) && yes !== true) {
    const value = `got ${quote(text)}, which is not this machine; say --yes if it is yours to storm`
    faults.push({ key: '--url', value })
  }
  return url.origin + url.pathname.replace(/\/+$/, '')
}

/** Names and addresses of the loopback interface only: any other may be somebody else's machine. */
export function isThisMachine(hostname: string): boolean {
  return /^(localhost|.+\.localhost|127\.\d+\.\d+\.\d+|\[::1\])$/i.test(hostname)
}

function quote(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 77)}…` : text)
}
