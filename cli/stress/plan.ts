import { count, number } from '../words.ts'
import { canonicalCouponName, couponNameLengthMax } from './coupon-name.ts'
import { plannedRequests } from './engine/script.ts'
import { type Expectation, parseExpectation } from './expectations.ts'
import { checkFiles } from './plan/files.ts'
import { stressDefaults, stressLimits } from './plan/limits.ts'
import { readLoad } from './plan/load.ts'
import { readMix } from './plan/mix.ts'
import { parseShare } from './plan/quantities.ts'
import { createPlanReader, type PlanFault, type PlanReader, quote } from './plan/reader.ts'
import { couponNamesOf, type NamedPlan, warmupNameOf } from './plan/turns.ts'
import { readWays } from './plan/ways.ts'
import { readWhere } from './plan/where.ts'
import type { LoadShape, ScriptShape } from './shape.ts'

export { stressDefaults, stressLimits } from './plan/limits.ts'
export type { PlanFault } from './plan/reader.ts'
export { couponNamesOf, type Turn } from './plan/turns.ts'
export { isThisMachine } from './plan/where.ts'

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

export type PlanReading = { readonly plan: StressPlan } | { readonly faults: readonly PlanFault[] }

/** What the plan takes from chance; given by the caller, so that reading flags stays pure. */
export interface PlanChance {
  readonly seed: number
  /** Makes the coupon's name new at every run. */
  readonly suffix: string
}

/**
 * Reads the flags, all of them, and reports every fault there is at once. `known`: the strategies that a server of
 * our own has; without them any name is taken.
 */
export function readPlan(flags: StressFlags, chance: PlanChance, known?: readonly string[]): PlanReading {
  const read = createPlanReader()
  const shape = readShape(flags, chance, read)
  const requests = countRequests(shape, flags, read)
  const where = readWhere(flags, read, known)
  const plan: StressPlan = {
    ...where,
    shape,
    requests,
    quota: readQuota(flags.quota, read),
    isQuotaGiven: flags.quota !== undefined,
    ...readWays(flags, { shape, requests }, read),
    coupon: canonicalCouponName(flags.coupon ?? `STRESS_${chance.suffix}`),
    isCouponGiven: flags.coupon !== undefined,
    expectations: readExpectations(flags.expect, read),
  }
  checkCoupon(plan, flags.coupon, read)
  checkFiles(flags, read)
  return read.faults.length > 0 ? { faults: read.faults } : { plan }
}

function readShape(flags: StressFlags, { seed }: PlanChance, read: PlanReader): ScriptShape {
  const load = readLoad(flags, read)
  const share = { parse: parseShare, wants: 'a share from 0% to 100%', initial: 0 }
  const range = (flag: 'users' | 'attempts' | 'coupons', initial: number) => ({
    min: 1,
    max: stressLimits[flag],
    initial,
  })
  return {
    load,
    users: read.whole('--users', flags.users, range('users', usersOf(load))),
    attempts:
      load.kind === 'burst'
        ? read.whole('--attempts', flags.attempts, range('attempts', stressDefaults.attempts))
        : 1,
    coupons: read.whole('--coupons', flags.coupons, range('coupons', stressDefaults.coupons)),
    mix: readMix(flags, read),
    duplicates: read.value('--duplicates', flags.duplicates, share),
    abandon: read.value('--abandon', flags.abandon, share),
    seed: read.whole('--seed', flags.seed, { min: 0, max: stressLimits.seed, initial: seed }),
  }
}

/** In an open model nobody need come twice, unless there are very many requests. */
function usersOf(load: LoadShape): number {
  if (load.kind === 'burst') return stressDefaults.users
  const perS = load.kind === 'rate' ? load.perS : (load.fromPerS + load.toPerS) / 2
  return Math.min(stressDefaults.usersOfOpenModelMax, Math.max(1, Math.ceil(perS * load.durationS)))
}

function countRequests(shape: ScriptShape, flags: StressFlags, read: PlanReader): number {
  const requests = plannedRequests(shape)
  if (requests <= stressLimits.requests) return requests
  const [key, factors] =
    shape.load.kind === 'rate'
      ? ['--rate', 'rate x duration']
      : shape.load.kind === 'ramp'
        ? ['--ramp', 'mean rate x time']
        : [flags.attempts === undefined ? '--users' : '--attempts', 'users x attempts']
  const most = `at most ${number(stressLimits.requests)} in one run`
  read.fault(key, `got ${count(requests, 'request')} (${factors}, and duplicates), wants ${most}`)
  return requests
}

function readQuota(text: string | undefined, read: PlanReader): number {
  const { quota: initial } = stressDefaults
  if (text === undefined || !/^0+$/.test(text)) {
    return read.whole('--quota', text, { min: 1, max: stressLimits.quota, initial })
  }
  read.fault('--quota', `got "${text}", but the API makes no coupon with an amount below 1; wants 1 or more`)
  return initial
}

function checkCoupon(plan: NamedPlan, text: string | undefined, read: PlanReader): void {
  const last = { repeat: plan.repeat - 1, strategy: longest(plan.strategies) }
  const names = [couponNamesOf(plan, last).at(-1) ?? '', warmupNameOf(plan, last)]
  const added = Math.max(...names.map((name) => name.length - plan.coupon.length))
  const lengthMax = couponNameLengthMax - added
  if (plan.coupon !== '' && plan.coupon.length <= lengthMax) return
  const wants = `wants a name with at least one letter or digit and at most ${lengthMax} characters`
  read.fault('--coupon', `got ${quote(text ?? '')}, ${wants}`)
}

function longest(names: readonly (string | null)[]): string {
  return names.reduce<string>((most, name) => ((name ?? '').length > most.length ? (name ?? '') : most), '')
}

function readExpectations(texts: readonly string[] = [], read: PlanReader): Expectation[] {
  return texts.flatMap((text) => {
    const expectation = parseExpectation(text)
    if (typeof expectation !== 'string') return [expectation]
    read.fault('--expect', `got ${quote(text)}, ${expectation}`)
    return []
  })
}
