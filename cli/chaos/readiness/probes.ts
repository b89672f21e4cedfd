import { get } from 'node:http'

/** What a server said when it was asked whether it is ready. */
export type ReadinessAnswer =
  /** 200. */
  | 'ready'
  /** 503. */
  | 'not_ready'
  /** Another status. */
  | 'wrong'
  /** No connection, or one that was broken before the answer. */
  | 'refused'
  /** Nothing for `silentMs`. */
  | 'silent'

export interface ReadinessProbe {
  readonly server: string
  /** Milliseconds since the run began. */
  readonly atMs: number
  readonly tookMs: number
  readonly answer: ReadinessAnswer
}

export interface ReadinessProbes {
  /** Those that have ended, in the order in which they did. Some 10 a second for each server. */
  readonly probes: readonly ReadinessProbe[]
  /** Asks no more; resolves when the last have ended. */
  stop(): Promise<void>
}

/** A probe that has no answer by then will not have one. */
export const silentMs = 1_500

const everyMs = 100

/**
 * Asks each server ten times a second, each time over a new connection, as a load balancer may. All answers are kept; what comes late because this
 * process stood still is told from the rest by the stalls of the history.
 */
export function startReadinessProbes(
  servers: readonly { readonly name: string; readonly url: string }[],
  nowMs: () => number,
): ReadinessProbes {
  const probes: ReadinessProbe[] = []
  const underWay = new Set<Promise<void>>()

  async function probe(server: string, url: string): Promise<void> {
    const atMs = nowMs()
    const answer = await ask(url)
    probes.push({ server, atMs, tookMs: nowMs() - atMs, answer })
  }

  const askAll = () => {
    for (const { name, url } of servers) {
      const probing = probe(name, `${url}/readyz`).finally(() => underWay.delete(probing))
      underWay.add(probing)
    }
  }
  const timer = setInterval(askAll, everyMs)
  askAll()

  return {
    probes,
    stop: async () => {
      clearInterval(timer)
      await Promise.all(underWay)
    },
  }
}

function ask(url: string): Promise<ReadinessAnswer> {
  return new Promise((resolve) => {
    const request = get(url, { agent: false }, (response) => {
      const { statusCode } = response
      response.resume()
      end(statusCode === 200 ? 'ready' : statusCode === 503 ? 'not_ready' : 'wrong')
    })
    const timer = setTimeout(() => {
      end('silent')
      request.destroy()
    }, silentMs)
    const end = (answer: ReadinessAnswer) => {
      clearTimeout(timer)
      resolve(answer)
    }
    request.on('error', () => end('refused'))
  })
}
