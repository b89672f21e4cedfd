import fc from 'fast-check'
import { openApiDocument } from '../../server/http/openapi/document.ts'
import { type FuzzRequest, requestsOf } from './requests.ts'
import type { Target } from './target.ts'

export interface FuzzOptions {
  readonly requests: number
  readonly seed: number
  /** Requests under way at once: each lane has a sequence of its own and waits for its answers. */
  readonly lanes?: number
  /** Called about once a second. */
  readonly onProgress?: (figures: Figures) => void
}

export interface Figures {
  readonly sent: number
  readonly durationMs: number
  /** Answers by operation and status. */
  readonly answers: ReadonlyMap<string, Map<number, number>>
  readonly slowestMs: number
}

/** Why it failed: the smallest request that fast-check found, and the lane it came from. Null when nothing did. */
export interface FuzzFailure {
  readonly lane: number
  readonly report: string
}

export interface FuzzResult extends Figures {
  readonly failure: FuzzFailure | null
}

const laneCount = 24

/**
 * Sends requests made of the document, each lane in turn, until there were so many or one failed. The seed, the number of
 * requests and that of lanes repeat the same requests; which of them meet at the server is left to chance.
 */
export async function fuzz(target: Target, options: FuzzOptions): Promise<FuzzResult> {
  const { requests, seed, lanes = laneCount } = options
  const tally = createTally(options.onProgress)
  const arbitrary = requestsOf(openApiDocument('/api'))
  let failing: number | null = null
  const runLane = async (lane: number): Promise<FuzzFailure | null> => {
    const property = fc.asyncProperty(arbitrary, async (request) => {
      // One lane is enough to find the smallest request in.
      if (failing !== null && failing !== lane) return
      try {
        await tally.time(request, () => target.try(request))
      } catch (error) {
        failing ??= lane
        throw error
      }
    })
    const numRuns = Math.ceil(requests / lanes)
    const result = await fc.check(property, { seed: (seed + lane * 7919) | 0, numRuns })
    if (!result.failed) return null
    const smallest = `${JSON.stringify(result.counterexample)}\n${String(result.errorInstance)}`
    return { lane, report: `${fc.defaultReportMessage(result) ?? ''}\n\n${smallest}` }
  }
  const found = await Promise.all(Array.from({ length: lanes }, (_, lane) => runLane(lane)))
  const failure = found.find((each) => each !== null) ?? (await soundness(target))
  return { ...tally.figures(), failure }
}

async function soundness(target: Target): Promise<FuzzFailure | null> {
  return target.assertSound().then(
    () => null,
    (error: unknown) => ({ lane: -1, report: String(error) }),
  )
}

function createTally(onProgress: FuzzOptions['onProgress'] = () => {}) {
  const beganMs = performance.now()
  const answers = new Map<string, Map<number, number>>()
  let sent = 0
  let slowestMs = 0
  let toldMs = beganMs
  const figures = (): Figures => ({ sent, durationMs: performance.now() - beganMs, answers, slowestMs })
  return {
    figures,
    time: async ({ operationId }: FuzzRequest, work: () => Promise<number | null>) => {
      const sentMs = performance.now()
      const status = await work()
      const nowMs = performance.now()
      if (status === null) return
      sent += 1
      slowestMs = Math.max(slowestMs, nowMs - sentMs)
      const counts = answers.get(operationId) ?? new Map<number, number>()
      answers.set(operationId, counts.set(status, (counts.get(status) ?? 0) + 1))
      if (nowMs - toldMs < 1000) return
      toldMs = nowMs
      onProgress(figures())
    },
  }
}
