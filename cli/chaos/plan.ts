import { parseDecimal } from '../stress/plan/quantities.ts'
import { createPlanReader, type PlanFault } from '../stress/plan/reader.ts'
import { number } from '../words.ts'
import { type FaultName, faultNames } from './fault.ts'
import { operationsMax } from './history.ts'

export interface ChaosFlags {
  readonly minutes?: string
  readonly seed?: string
  readonly faults?: string
  readonly servers?: string
  readonly rate?: string
}

/** One `coupon serve` of the run. */
export interface PlannedServer {
  readonly strategy: string
  /** Processes that answer. */
  readonly workers: number
}

export interface ChaosPlan {
  readonly minutes: number
  readonly seed: number
  /** Null for all that can be injected. */
  readonly faults: readonly FaultName[] | null
  readonly servers: readonly PlannedServer[]
  /** Operations that are begun a second, when all is well. */
  readonly perS: number
}

export const chaosLimits = {
  /** The bounds of "sold out" are reckoned in microseconds of 32 bits, which last for 71 minutes. */
  minutes: 60,
  seed: 2 ** 32 - 1,
  servers: 8,
  workers: 8,
  perS: { min: 10, max: 5_000 },
} as const

export const chaosDefaults = { minutes: 5, servers: 'batch,batch:2,lock', perS: 200 } as const

/** Reads the flags, or tells every fault in them. `seed` is taken when none is given. */
export function readChaosPlan(
  flags: ChaosFlags,
  { seed, strategies }: { readonly seed: number; readonly strategies: readonly string[] },
): { readonly plan: ChaosPlan } | { readonly faults: readonly PlanFault[] } {
  const reader = createPlanReader()
  const plan: ChaosPlan = {
    minutes: reader.value('--minutes', flags.minutes, {
      parse: (text) => positive(parseDecimal(text, chaosLimits.minutes)),
      wants: `minutes, such as 5 or 0.5, up to ${chaosLimits.minutes}`,
      initial: chaosDefaults.minutes,
    }),
    seed: reader.whole('--seed', flags.seed, { min: 0, max: chaosLimits.seed, initial: seed }),
    faults: reader.value<readonly FaultName[] | null>('--faults', flags.faults, {
      parse: parseFaults,
      wants: `names out of ${faultNames.join(', ')}; one or more, with commas between them`,
      initial: null,
    }),
    servers: reader.value('--servers', flags.servers, {
      parse: (text) => parseServers(text, strategies),
      wants: `1 to ${chaosLimits.servers} strategies out of ${strategies.join(', ')}, with :N for N workers, such as ${chaosDefaults.servers}`,
      initial: parseServers(chaosDefaults.servers, strategies) ?? [],
    }),
    perS: reader.whole('--rate', flags.rate, { ...chaosLimits.perS, initial: chaosDefaults.perS }),
  }
  const operations = Math.ceil(plan.minutes * 60 * plan.perS)
  if (operations > operationsMax) {
    const most = `${number(operationsMax)} that can be remembered`
    reader.fault('--minutes, --rate', `${number(operations)} operations are more than the ${most}`)
  }
  return reader.faults.length > 0 ? { faults: reader.faults } : { plan }
}

/** The command that does the same again. */
export function commandOfChaos({ minutes, seed, faults, servers, perS }: ChaosPlan): string {
  const words = ['coupon chaos', `--minutes ${minutes}`, `--seed ${seed}`]
  const list = servers.map(wordOfServer).join(',')
  if (list !== chaosDefaults.servers) words.push(`--servers ${list}`)
  if (faults !== null) words.push(`--faults ${faults.join(',')}`)
  if (perS !== chaosDefaults.perS) words.push(`--rate ${perS}`)
  return words.join(' ')
}

export function wordOfServer({ strategy, workers }: PlannedServer): string {
  return workers === 1 ? strategy : `${strategy}:${workers}`
}

function positive(value: number | null): number | null {
  return value !== null && value > 0 ? value : null
}

function parseFaults(text: string): readonly FaultName[] | null {
  const words = text.split(',').map((word) => word.trim())
  const names = faultNames.filter((name) => words.includes(name))
  return names.length > 0 && words.every((word) => isFault(word)) ? names : null
}

function isFault(word: string): word is FaultName {
  return faultNames.some((name) => name === word)
}

function parseServers(text: string, strategies: readonly string[]): readonly PlannedServer[] | null {
  const servers = text.split(',').map((word) => {
    const [, strategy = '', workers = '1'] = /^\s*([a-z]+)(?::([1-9]))?\s*$/.exec(word) ?? []
    return { strategy, workers: Number(workers) }
  })
  const fit = ({ strategy, workers }: PlannedServer) =>
    strategies.includes(strategy) && workers <= chaosLimits.workers
  return servers.length <= chaosLimits.servers && servers.every(fit) ? servers : null
}
