import type { Worker } from 'node:cluster'

/** What a process has counted, as it is sent: of a counter or a histogram, each value under its name and labels. */
export interface Family {
  readonly name: string
  readonly type: unknown
  readonly values: readonly {
    readonly value: number
    readonly labels: object
    readonly metricName?: string
  }[]
}

export type WorkerFigures = readonly Family[]

/** Between a worker and its primary. A worker asks with `gather` and is told `gathered`; it is asked with `count` and tells `counted`. */
export type FiguresMessage =
  | { readonly type: 'gather'; readonly id: number }
  | { readonly type: 'count'; readonly id: number }
  | { readonly type: 'counted'; readonly id: number; readonly figures: WorkerFigures }
  | {
      readonly type: 'gathered'
      readonly id: number
      readonly figures: readonly WorkerFigures[]
      readonly asked: number
      readonly answered: number
    }

/** A worker that does not answer within this is left out, and the answer says so. */
const answerMsMax = 1_000

/**
 * Adds up what workers count, in the process that has them all: a worker that wants the figures of the whole server asks
 * here. What a worker has counted stays counted when it is gone, so that no counter ever goes back.
 */
export function createWorkerFigures(workers: () => Iterable<Worker>) {
  /** The last that each living worker told. */
  const last = new Map<Worker, WorkerFigures>()
  const rounds = new Map<number, (worker: Worker) => void>()
  let ofTheGone: WorkerFigures = []
  let roundId = 0

  async function gather(asking: Worker, id: number): Promise<void> {
    const { asked, answered } = await askAll([...workers()].filter((worker) => worker.isConnected()))
    const late = [...last].filter(([worker]) => !answered.has(worker))
    const figures = [
      ...[...answered].map((worker) => last.get(worker) ?? []),
      sumOfCounters([ofTheGone, ...late.map(([, each]) => each)]),
    ]
    send(asking, { type: 'gathered', id, figures, asked, answered: answered.size })
  }

  function askAll(all: readonly Worker[]): Promise<{ asked: number; answered: Set<Worker> }> {
    return new Promise((resolve) => {
      roundId += 1
      const id = roundId
      const answered = new Set<Worker>()
      const end = () => {
        clearTimeout(timer)
        rounds.delete(id)
        resolve({ asked: all.length, answered })
      }
      const timer = setTimeout(end, answerMsMax)
      rounds.set(id, (worker) => {
        answered.add(worker)
        if (answered.size === all.length) end()
      })
      for (const worker of all) send(worker, { type: 'count', id })
    })
  }

  return {
    hear: (worker: Worker, message: FiguresMessage) => {
      if (message.type === 'gather') void gather(worker, message.id)
      if (message.type !== 'counted') return
      last.set(worker, message.figures)
      rounds.get(message.id)?.(worker)
    },
    /** The worker has ended. */
    leave: (worker: Worker) => {
      ofTheGone = sumOfCounters([ofTheGone, last.get(worker) ?? []])
      last.delete(worker)
    },
  }
}

function send(worker: Worker, message: FiguresMessage): void {
  // One that ends meanwhile has closed its channel, and answers nobody.
  if (worker.isConnected()) worker.send(message, () => {})
}

/** Counters and histograms, added up by name and labels; gauges belong to who is alive. */
export function sumOfCounters(all: readonly WorkerFigures[]): WorkerFigures {
  const families = new Map<string, Family & { readonly sums: Map<string, Family['values'][number]> }>()
  for (const family of all.flat()) {
    if (family.type !== 'counter' && family.type !== 'histogram') continue
    const known = families.get(family.name) ?? { ...family, sums: new Map() }
    families.set(family.name, known)
    for (const each of family.values) {
      const key = `${each.metricName ?? ''} ${JSON.stringify(each.labels)}`
      known.sums.set(key, { ...each, value: each.value + (known.sums.get(key)?.value ?? 0) })
    }
  }
  return [...families.values()].map(({ sums, ...family }) => ({ ...family, values: [...sums.values()] }))
}
