import { type LoadOptions, type LoadResult, openLoad } from '../../cli/stress/engine/engine.ts'
import { writeScript } from '../../cli/stress/engine/script.ts'
import { lineState, outcomeOf, type Records } from '../../cli/stress/records.ts'
import type { ScriptShape } from '../../cli/stress/shape.ts'
import { stressShape } from '../support/stress-shape.ts'
import { type ClaimServer, type ClaimServerOptions, startClaimServer } from './claim-server.ts'

/** A load that a test sends to a server of its own. */
export interface TestLoad {
  shape?: Partial<ScriptShape>
  server?: ClaimServerOptions
  load?: Partial<Omit<LoadOptions, 'shape' | 'records'>>
  /** When all connections are open, and nothing is sent. */
  atBarrier?: (server: ClaimServer, records: Records) => void
}

export interface SentLoad extends LoadResult {
  readonly records: Records
  readonly server: ClaimServer
}

const paths = { claim: '/api/coupons/claim', claims: '/api/claims', coupons: '/api/coupons' }

/** Fifty users claim once each over five connections, unless said otherwise. */
export async function sendLoad({ shape: change, load: options, ...test }: TestLoad): Promise<SentLoad> {
  const shape = stressShape({ users: 50, seed: 3, ...change })
  const server = await startClaimServer(test.server)
  try {
    const records = writeScript(shape)
    const load = await openLoad({
      url: server.url,
      paths,
      couponNames: Array.from({ length: shape.coupons }, (_, coupon) => `C${coupon}`),
      authorizations: null,
      shape,
      records,
      connections: 5,
      isCold: false,
      threads: 1,
      timeoutMs: 5000,
      signal: new AbortController().signal,
      ...options,
    })
    try {
      test.atBarrier?.(server, records)
      return { ...(await load.run()), records, server }
    } finally {
      await load.close()
    }
  } finally {
    await server.close()
  }
}

/** How often each outcome came about, and what came to none. */
export function countsOf(records: Records): Record<string, number> {
  const counts: Record<string, number> = {}
  const states = Object.entries(lineState)
  for (let line = 0; line < records.total; line++) {
    const state = states.find(([, value]) => value === records.states[line])?.[0]
    const name = outcomeOf(records, line) ?? state ?? '?'
    counts[name] = (counts[name] ?? 0) + 1
  }
  return counts
}
