import autocannon from 'autocannon'
import { signAll } from './authorizations.ts'
import { claimPath, cpuNowUs, type Load, type Measured } from './load.ts'
import { claimBody } from './stream.ts'

/** Longer than any strategy takes to answer, so that a slow answer is a slow answer. */
const timeoutS = 30

/**
 * Each connection gets its own requests, built before the first is sent, so that each user is asked for once.
 * autocannon ends at a whole second; when its last answer came is taken from its events.
 */
export async function sendByAutocannon(load: Load): Promise<Measured> {
  const { url, connections, requests } = load
  const shares = sharesOf(load)
  const options: autocannon.Options = {
    url: url + claimPath,
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    connections,
    amount: requests,
    timeout: timeoutS,
    setupClient: (client) => client.setRequests(shares.next().value ?? []),
  }
  let answers = 0
  let end = { ms: 0, cpuUs: 0 }
  let start = end
  const result = await new Promise<autocannon.Result>((resolve, reject) => {
    const running = autocannon(options, (error: unknown, ended) => {
      if (error) reject(error)
      else resolve(ended)
    })
    // Every request is built by now, and none is sent before the end of this turn.
    start = moment()
    running.on('response', () => {
      answers += 1
      if (answers === requests) end = moment()
    })
  })
  if (answers < requests) throw new Error(`autocannon got ${answers} answers to ${requests} requests.`)
  const { '2xx': won, '4xx': refused, latency } = result
  return {
    durationMs: end.ms - start.ms,
    answered: { won, refused, failed: requests - won - refused },
    latencyMs: { p50: latency.p50, p99: latency.p99, max: latency.max },
    cpuUs: end.cpuUs - start.cpuUs,
    answersEachS: [],
  }
}

function moment(): { ms: number; cpuUs: number } {
  return { ms: performance.now(), cpuUs: cpuNowUs() }
}

/** Connection by connection. The claims are dealt out in turns, so that what is sent together is close together. */
function* sharesOf(load: Load): Generator<autocannon.Request[]> {
  const { stream, requests, connections } = load
  const authorizations = signAll(load)
  for (let connection = 0; connection < connections; connection += 1) {
    const share: autocannon.Request[] = []
    for (let position = connection; position < requests; position += connections) {
      const authorization = authorizations?.[position]
      const headers = authorization === undefined ? {} : { headers: { authorization } }
      share.push({ body: claimBody(stream, position), ...headers })
    }
    yield share
  }
}
