import type { Bench } from './bench.ts'
import type { Child } from './child.ts'
import type { Database } from './database.ts'
import type { Figure, Finding } from './finding.ts'
import { sendLoad } from './generator.ts'
import type { Load, LoadResult, Tool } from './generators/load.ts'
import type { Stream } from './generators/stream.ts'
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
  readonly cpuShare: number
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
  const { repeats, seconds } = bench.flags
  const runs = variants.map((): Run[] => [])
  const requests: number[] = []
  for (const variant of variants) requests.push(Math.ceil((await warmUp(bench, variant)) * seconds))
  for (let repeat = 0; repeat < repeats; repeat += 1) {
    const order = [...variants.keys()]
    if (repeat % 2 === 1) order.reverse()
    for (const index of order) {
      const variant = variants[index]
      if (variant === undefined) continue
      const run = await variant.run(requests[index] ?? 1)
      runs[index]?.push(run)
      requests[index] = Math.ceil(run.requestsPerS * seconds)
      bench.note(`  ${repeat + 1}/${repeats} ${variant.label}: ${Math.round(run.value)} ${variant.unit}`)
    }
  }
  const series = variants.map(({ label, unit }, index) => seriesOf({ label, unit }, runs[index] ?? []))
  return series as { [Index in keyof Variants]: Series }
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
  const share = median(runs.map(({ cpuShare }) => cpuShare))
  const failed = runs.reduce((sum, run) => sum + run.failed, 0)
  const notes = [
    ...(share >= cpuShareFull
      ? [`The generator was the limit of "${label}": it took ${Math.round(share * 100)} % of a core.`]
      : []),
    ...(failed > 0 ? [`"${label}" failed to answer ${failed} requests.`] : []),
  ]
  return { label, unit, values: runs.map(({ value }) => value), notes }
}

export function findingOf(what: string, [figure, base]: [Series, Series], aim: Aim | null): Finding {
  return { what, figure, base, aim, notes: [...figure.notes, ...base.notes] }
}

export interface LoadedVariant {
  readonly label: string
  readonly tool: Tool
  readonly generator: Child
  readonly server: Child
  /** Where the claims are stored; null for a server that stores none. */
  readonly database: Database | null
  /** Every user's token is sent when it is said. */
  readonly secret?: string | null
  /** Coupons that are hot at once; one when it is not said. */
  readonly hotCoupons?: number
  /** Leaves what other runs have stored. */
  readonly keepsClaims?: boolean
}

/** Claims that win, each by another user, and proved by what is stored; or the same without a database. */
export function winning(bench: Bench, variant: LoadedVariant): Variant {
  const { label, database, keepsClaims = false } = variant
  return {
    label,
    unit: database === null ? 'answers/s' : 'claims/s',
    run: async (requests) => {
      const stream = streamFor(bench, requests, variant.hotCoupons)
      if (!keepsClaims) await database?.empty()
      await database?.addCoupons(stream)
      await database?.settle()
      const result = await sendLoad(variant.generator, loadOf(bench, variant, { stream, requests }))
      await database?.prove(stream, result.answered.won)
      return runOf(result, result.answered.won)
    },
  }
}

export function streamFor(bench: Bench, requests: number, hotCoupons?: number): Stream {
  const { users } = bench.flags
  return {
    prefix: bench.newPrefix(),
    coupons: hotCoupons ?? Math.ceil(requests / users),
    users,
    order: hotCoupons === undefined ? 'one after another' : 'in turns',
    from: 0,
  }
}

export function loadOf(
  { flags: { connections } }: Bench,
  { tool, server, secret = null }: Pick<LoadedVariant, 'tool' | 'server' | 'secret'>,
  what: Pick<Load, 'stream' | 'requests'>,
): Load {
  return { ...what, tool, url: server.url, connections, secret, ratePerS: 0 }
}

export function runOf({ durationMs, answered, cpuShare }: LoadResult, counted: number): Run {
  const perS = (count: number) => (count * 1000) / durationMs
  const { won, refused, failed } = answered
  return { value: perS(counted), requestsPerS: perS(won + refused + failed), cpuShare, failed }
}
