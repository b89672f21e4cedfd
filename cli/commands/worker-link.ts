import type { Gather, Gathered, RunningServer } from '../../server/public/serving.ts'
import type { FiguresMessage, WorkerFigures } from './worker-figures.ts'
import type { MemberMessage } from './worker-member.ts'

/** A worker's side of what it and its primary tell each other. */
export interface WorkerLink {
  /** Asks the primary for the figures of all workers. */
  readonly gather: Gather
  /** Answers the primary from now on. The returned function tells the figures for the last time. */
  answer(figures: () => Promise<WorkerFigures>): () => Promise<void>
  /** Does what the primary asks for before a stop, and tells it. */
  obey(server: Pick<RunningServer, 'holdNewcomers' | 'stopAccepting'>): void
}

/** The primary waits for 1 s at most; this is for one that does not answer at all. */
const gatherMsMax = 3_000

/** A process that nobody answers knows of itself alone. */
const unanswered: Gathered = { figures: [], asked: 0, answered: 0 }

export function createWorkerLink(): WorkerLink {
  const waiting = new Map<number, (gathered: Gathered) => void>()
  let lastId = 0
  let own: (() => Promise<WorkerFigures>) | undefined

  process.on('message', (message: FiguresMessage) => {
    if (message.type === 'gathered') waiting.get(message.id)?.(message as unknown as Gathered)
    if (message.type === 'count') void tell(message.id)
  })

  async function tell(id: number): Promise<void> {
    if (own !== undefined) await send({ type: 'counted', id, figures: await own() })
  }

  return {
    gather: () =>
      new Promise((resolve) => {
        lastId += 1
        const id = lastId
        const end = (gathered: Gathered) => {
          clearTimeout(timer)
          waiting.delete(id)
          resolve(gathered)
        }
        const timer = setTimeout(() => end(unanswered), gatherMsMax)
        waiting.set(id, end)
        void send({ type: 'gather', id })
      }),
    answer: (figures) => {
      own = figures
      return () => tell(0)
    },
    obey: ({ holdNewcomers, stopAccepting }) => {
      process.on('message', ({ type }: MemberMessage) => {
        if (type === 'hold_newcomers') void send({ type: 'holding', taken: holdNewcomers() })
        if (type !== 'stop_accepting') return
        stopAccepting()
        void send({ type: 'accepts_no_more' })
      })
    },
  }
}

/** Resolves when it is on its way, or cannot be sent because the primary is gone. */
function send(message: FiguresMessage | MemberMessage): Promise<void> {
  return new Promise((resolve) => {
    if (process.send === undefined || !process.connected) resolve()
    else process.send(message, undefined, {}, () => resolve())
  })
}
