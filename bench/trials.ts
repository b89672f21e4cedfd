import type { Bench } from './bench.ts'
import type { Figure, Finding } from './finding.ts'
import { type Aim, median } from './statistics.ts'

/** One of the things that are compared. */
export interface Variant {
  readonly label: string
  readonly unit: Figure['unit']
  run(requests: number): Promise<Run>
}

export interface Run {
  /** What is compared. */
  readonly value: number
  readonly requestsPerS: number
  /** Processor time of the generator over its time. */
  readonly cpuShare: number
  /** Processor time of the server for each request, in microseconds; null where it is not known. */
  readonly serverCpuUs: number | null
  readonly failed: number
}

/** What a variant's runs came to. */
export interface Series extends Figure {
  readonly notes: readonly string[]
}

const warmUpRequestsFirst = 256
const warmUpGrowth = 3
/** Of the length of a run; a server is compiled to its best after some ten thousand requests. */
const warmUpShare = 1 / 2

/** Runs the variants in turns, forwards and backwards, so that none of them always comes after the same other. */
export async function alternate<const Variants extends readonly Variant[]>(
  bench: Bench,
  variants: Variants,
): Promise<{ [Index in keyof Variants]: Series }> {
  const { repeats, seconds, connections } = bench.flags
  const runs = variants.map((): Run[] => [])
  const requests: number[] = []
  // A generator gives each of its connections at least one.
  const requestsFor = (ratePerS: number) => Math.max(connections, Math.ceil(ratePerS * seconds))
  for (const variant of variants) requests.push(requestsFor(await warmUp(bench, variant)))
  for (let repeat = 0; repeat < repeats; repeat += 1) {
    const order = [...variants.keys()]
    if (repeat % 2 === 1) order.reverse()
    for (const index of order) {
      const variant = variants[index]
      if (variant === undefined) continue
      const run = await variant.run(requests[index] ?? 1)
      runs[index]?.push(run)
      requests[index] = requestsFor(run.requestsPerS)
      bench.note(
        `  ${repeat + 1}/${repeats} ${variant.label}: ${Math.round(run.value)} ${variant.unit}${costText(run)}`,
      )
    }
  }
  const series = variants.map(({ label, unit }, index) => seriesOf({ label, unit }, runs[index] ?? []))
  return series as { [Index in keyof Variants]: Series }
}

function costText({ cpuShare, serverCpuUs }: Run): string {
  if (serverCpuUs === null) return ''
  return ` (${Math.round(serverCpuUs)} µs of the server’s processor each; generator at ${Math.round(cpuShare * 100)} %)`
}

/** Longer and longer runs, until one is long enough to tell the rate, in requests a second. */
export async function warmUp({ flags: { seconds } }: Bench, variant: Variant): Promise<number> {
  for (let requests = warmUpRequestsFirst; ; requests *= warmUpGrowth) {
    const { requestsPerS } = await variant.run(requests)
    if (requests / requestsPerS >= seconds * warmUpShare) return requestsPerS
  }
}

/** From here on a generator that has a core of its own has nothing left. */
const cpuShareFull = 0.9

function seriesOf({ label, unit }: Pick<Figure, 'label' | 'unit'>, runs: readonly Run[]): Series {
  const failed = runs.reduce((sum, run) => sum + run.failed, 0)
  const notes = [
    ...limitNotes(
      label,
      runs.map(({ cpuShare }) => cpuShare),
    ),
    ...(failed > 0 ? [`"${label}" failed to answer ${failed} requests.`] : []),
  ]
  const costs = runs.flatMap(({ serverCpuUs }) => (serverCpuUs === null ? [] : [serverCpuUs]))
  const costUs = costs.length === 0 ? null : median(costs)
  return { label, unit, values: runs.map(({ value }) => value), costUs, notes }
}

/** Told where the generator, and not the server, decided the figure. */
export function limitNotes(label: string, cpuShares: readonly number[]): string[] {
  const share = median(cpuShares)
  if (!(share >= cpuShareFull)) return []
  return [`The generator was the limit of "${label}": it took ${Math.round(share * 100)} % of a core.`]
}

export function findingOf(what: string, [figure, base]: [Series, Series], aim: Aim | null): Finding {
  return { what, figure, base, aim, notes: [...figure.notes, ...base.notes] }
}
