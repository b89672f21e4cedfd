import { AggregatorRegistry, collectDefaultMetrics, type Metric, Registry } from 'prom-client'
import { createFamilies, type FamilyParts } from './families.ts'

/** What a process has counted, as plain data that another process can add to its own. */
export type Figures = Awaited<ReturnType<Registry['getMetricsAsJSON']>>

/** The figures of all processes of one server. */
export interface Gathered {
  readonly figures: readonly Figures[]
  /** Processes that were asked; more than have answered when one did not in time. */
  readonly asked: number
  readonly answered: number
}

export type Gather = () => Promise<Gathered>

export interface Metrics {
  figures(): Promise<Figures>
  /** The text of /metrics; who asks while it is being made gets the same. */
  text(): Promise<string>
}

/** `gather` is null for a process that is alone. */
export function createMetrics(parts: FamilyParts, gather: Gather | null): Metrics {
  const registry = Registry.merge([ofProcess(), ownRegistry(parts)])
  let making: Promise<string> | undefined

  async function make(): Promise<string> {
    if (gather === null) return `${await registry.metrics()}${processesText(1, 1)}`
    const { figures, asked, answered } = await gather()
    // Of nobody's figures, not even its own, it tells its own: a part of the truth, and said to be one.
    const all = figures.length > 0 ? figures : [await registry.getMetricsAsJSON()]
    const text = await AggregatorRegistry.aggregate(all.map((each) => [...each])).metrics()
    return `${text}${processesText(asked, Math.max(1, answered))}`
  }

  return {
    figures: () => registry.getMetricsAsJSON(),
    text: () => {
      making ??= make().finally(() => {
        making = undefined
      })
      return making
    },
  }
}

function ownRegistry(parts: FamilyParts): Registry {
  const registry = new Registry()
  for (const { name, help, type, read } of createFamilies(parts)) {
    const get = async () => ({ name, help, type, aggregator: 'sum', values: read() })
    // What a registry asks of a metric is its name and `get`; here that reads what was counted elsewhere.
    registry.registerMetric({ name, get } as unknown as Metric)
  }
  return registry
}

export const processesName = 'coupon_metrics_processes'

function processesText(asked: number, answered: number): string {
  const help = 'Server processes that these figures were asked of, and that answered in time.'
  const samples = `${processesName}{state="asked"} ${asked}\n${processesName}{state="answered"} ${answered}\n`
  return `\n# HELP ${processesName} ${help}\n# TYPE ${processesName} gauge\n${samples}`
}

let processRegistry: Registry | undefined

/** Memory, processor, event loop: of the process, however many servers are in it, and watched once. */
function ofProcess(): Registry {
  if (processRegistry === undefined) {
    processRegistry = new Registry()
    collectDefaultMetrics({ register: processRegistry })
  }
  return processRegistry
}
