import type { Bench } from './bench.ts'
import { type Child, cpuTimeUs } from './child.ts'
import type { Database } from './database.ts'
import { sendLoad } from './generator.ts'
import type { Load, LoadResult, Tool } from './generators/load.ts'
import type { Stream } from './generators/stream.ts'
import type { Run, Variant } from './trials.ts'

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
      const sent = await send(variant, loadOf(bench, variant, { stream, requests }))
      const { won } = sent.result.answered
      await database?.prove(stream, won)
      return runOf(sent, won)
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

/** Sends, and takes the time of the server's processor. */
export async function send(variant: LoadedVariant, load: Load): Promise<Sent> {
  const beforeUs = cpuTimeUs(variant.server)
  const result = await sendLoad(variant.generator, load)
  const afterUs = cpuTimeUs(variant.server)
  return { result, serverCpuUs: beforeUs === null || afterUs === null ? null : afterUs - beforeUs }
}

export interface Sent {
  readonly result: LoadResult
  readonly serverCpuUs: number | null
}

export function runOf({ result, serverCpuUs }: Sent, counted: number): Run {
  const { durationMs, answered, cpuShare } = result

  const perS = (count: number) => (count * 1000) / durationMs
  const { won, refused, failed } = answered
  const ended = won + refused + failed
  return {
    value: perS(counted),
    requestsPerS: perS(ended),
    cpuShare,
    serverCpuUs: serverCpuUs === null ? null : serverCpuUs / ended,
    failed,
  }
}
