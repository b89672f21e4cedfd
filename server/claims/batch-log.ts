import { randomUUID } from 'node:crypto'
import { type LogLines, noLines, roundedMs } from '../log-lines.ts'
import type { BatchQueue } from '../metrics/meters.ts'
import { type Clock, systemClock } from './batcher-clock.ts'

export interface BatchLogOptions {
  readonly log?: LogLines | undefined
  /** A batch that takes longer is told at warn. */
  readonly slowMs?: number | undefined
  readonly clock?: Clock | undefined
}

/** A batch on its way. */
export interface Batch {
  /** Unique among the processes of a day: a few random letters of the process, and a number that counts. */
  readonly id: string
  /** Statements that were sent for it: more than one after a lost answer or a refused value. */
  attempts: number
}

export interface BatchFacts<Result> {
  /** What it is about, in the names of the log's fields. Asked for when a line is written. */
  readonly about: () => { readonly queue: BatchQueue; readonly size: number } & object
  /** The word for what a member was told. */
  readonly outcomeOf: (result: Result) => string
}

export type RunBatch = <Result>(
  facts: BatchFacts<Result>,
  work: (batch: Batch) => Promise<readonly Result[]>,
) => Promise<readonly Result[]>

/** Ids and names of a batch that stand in one line, at most; it tells how many there are. */
const namedMax = 10

/** Gives each batch an id, and tells of it when it is over: at debug, and at warn when it was slow or failed. */
export function createBatchLog({ log = noLines, slowMs, clock = systemClock }: BatchLogOptions): RunBatch {
  const mark = randomUUID().slice(0, 8)
  let count = 0
  return async (facts, work) => {
    count += 1
    const batch: Batch = { id: `${mark}-${count}`, attempts: 0 }
    const beganMs = clock.now()
    const tell = (isFailed: boolean, outcome: () => object) => {
      const durationMs = clock.now() - beganMs
      const isSlow = durationMs >= (slowMs ?? Number.POSITIVE_INFINITY)
      if (!isSlow && !isFailed && !log.isDebug()) return
      const line = {
        batch_id: batch.id,
        ...facts.about(),
        attempts: batch.attempts,
        duration_ms: roundedMs(durationMs),
        ...outcome(),
      }
      if (isFailed) log.warn(line, 'failed batch')
      else if (isSlow) log.warn(line, 'slow batch')
      else log.debug(line, 'batch')
    }
    try {
      const results = await work(batch)
      tell(false, () => ({ outcomes: countsOf(results.map(facts.outcomeOf)) }))
      return results
    } catch (error) {
      tell(true, () => ({ err: error }))
      throw error
    }
  }
}

/** The first few of what may be a thousand. */
export function firstOf(texts: readonly (string | undefined)[], max = namedMax): string[] {
  const found: string[] = []
  for (const text of texts) {
    if (found.length >= max) break
    if (text !== undefined) found.push(text)
  }
  return found
}

function countsOf(outcomes: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const outcome of outcomes) counts[outcome] = (counts[outcome] ?? 0) + 1
  return counts
}
