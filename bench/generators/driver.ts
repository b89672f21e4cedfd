import { openConnections } from '../../cli/stress/connections.ts'
import { runLoad } from '../../cli/stress/driver.ts'
import { createRecords, type Records } from '../../cli/stress/records.ts'
import { countOutcomes, durationMsOf, summariseLatency } from '../../cli/stress/stats.ts'
import { signAll } from './authorizations.ts'
import { claimPath, cpuNowUs, type Load, type Measured } from './load.ts'
import { claimBody } from './stream.ts'

const timeoutMs = 30_000

/** The engine of `coupon stress`. Its "users" are positions in the stream here: each is sent once. */
export async function sendByDriver(load: Load): Promise<Measured> {
  const { url, stream, requests, connections } = load
  const signal = new AbortController().signal
  const authorizations = signAll(load)
  const records = createRecords(Uint32Array.from({ length: requests }, (_, position) => position))
  const opened = await openConnections({
    url,
    count: connections,
    warmPath: '/healthcheck',
    timeoutMs,
    signal,
  })
  try {
    const startCpuUs = cpuNowUs()
    await runLoad({
      clients: opened.clients,
      path: claimPath,
      bodyOf: (position) => Buffer.from(claimBody(stream, position)),
      authorizationOf: authorizations === null ? null : (position) => authorizations[position] ?? '',
      records,
      onError: () => {},
      signal,
    })
    return { ...summarise(records), cpuUs: cpuNowUs() - startCpuUs }
  } finally {
    await opened.close()
  }
}

function summarise(records: Records): Omit<Measured, 'cpuUs'> {
  const { claimed: won, error: failed, ...refusals } = countOutcomes(records)
  const latency = summariseLatency(records).all
  return {
    durationMs: durationMsOf(records),
    answered: { won, refused: refusals.sold_out + refusals.already_claimed + refusals.busy, failed },
    latencyMs: { p50: latency?.p50 ?? 0, p99: latency?.p99 ?? 0, max: latency?.max ?? 0 },
    answersEachS: answersEachS(records),
  }
}

function answersEachS(records: Records): number[] {
  const counts: number[] = []
  for (let request = 0; request < records.total; request += 1) {
    const endMs = (records.sentMs[request] ?? 0) + (records.latenciesUs[request] ?? 0) / 1000
    const second = Math.floor(endMs / 1000)
    while (counts.length <= second) counts.push(0)
    counts[second] = (counts[second] ?? 0) + 1
  }
  // The last second is not a whole one.
  return counts.slice(0, -1)
}
