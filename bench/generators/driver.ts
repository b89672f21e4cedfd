import { openConnections } from '../../cli/stress/engine/connections.ts'
import { runDrive } from '../../cli/stress/engine/driver.ts'
import { intendedUsOf } from '../../cli/stress/engine/pacer.ts'
import type { Wire } from '../../cli/stress/engine/wire.ts'
import { createRecords } from '../../cli/stress/records.ts'
import { signAll } from './authorizations.ts'
import { claimPath, cpuNowUs, type Load, type Measured } from './load.ts'
import { claimBody } from './stream.ts'
import { summarise } from './summary.ts'

const timeoutMs = 30_000

/** The closed model of `coupon stress`: as fast as it is answered. */
export function sendByDriver(load: Load): Promise<Measured> {
  return drive(load, null)
}

/**
 * The open model of `coupon stress`: requests come when they come, as people do, and a server that stalls does not hold
 * them up (wrk2's and k6's rule against coordinated omission).
 */
export function sendByPacer(load: Load): Promise<Measured> {
  return drive(
    load,
    intendedUsOf({ kind: 'rate', perS: load.ratePerS, durationS: load.requests / load.ratePerS }),
  )
}

/** The engine's driver over a stream in place of a script: line N is the stream's position N. */
async function drive(load: Load, intendedUsAt: ((position: number) => number) | null): Promise<Measured> {
  const { url, requests, connections: count } = load
  const { signal } = new AbortController()
  const wire = wireOf(load)
  const records = createRecords(requests)
  for (let line = 0; intendedUsAt !== null && line < requests; line += 1) {
    records.intendedUs[line] = intendedUsAt(line)
  }
  const { clients, close } = await openConnections({ url, count, isCold: false, timeoutMs, signal })
  try {
    const startCpuUs = cpuNowUs()
    const startMs = performance.now()
    await runDrive({
      clients,
      records,
      share: { thread: 0, threads: 1 },
      isOpen: intendedUsAt !== null,
      wire,
      nowUs: () => (performance.now() - startMs) * 1000,
      timeoutMs,
      onError: () => {},
      signal,
    })
    const cpuUs = cpuNowUs() - startCpuUs
    return { ...summarise(records), cpuUs }
  } finally {
    await close()
  }
}

function wireOf(load: Load): Wire {
  const authorizations = signAll(load)
  return {
    hearClaim: null,
    write: (line, request) => {
      request.path = claimPath
      request.body = claimBody(load.stream, line)
      request.headers.length = 0
      request.headers.push('content-type', 'application/json')
      const authorization = authorizations?.[line]
      if (authorization !== undefined) request.headers.push('authorization', authorization)
      return true
    },
  }
}
