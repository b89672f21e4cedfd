import cluster, { type Worker } from 'node:cluster'
import { AppError } from '../../server/public/basics.ts'

/** One of the server processes on a port, as their parent sees it. */
export interface Member {
  readonly worker: Worker
  /** The address it listens on; rejects with `AppError` when it ends before that. */
  readonly up: Promise<string>
  readonly gone: Promise<void>
  /** True for one whose end is nobody's loss: it was asked to stop, or has no place yet. */
  isSpare: boolean
  /** True once it listens. */
  isUp: boolean
  /** Resolves when it accepts no connection any more, or cannot tell in time; those it has go on. */
  stopAccepting(): Promise<void>
}

/** What a worker and its parent tell each other, besides figures. */
export type MemberMessage =
  | { readonly type: 'listening'; readonly url: string }
  | { readonly type: 'failed'; readonly message?: string }
  | { readonly type: 'stop_accepting' }
  | { readonly type: 'accepts_no_more' }

/** Longer than a worker's own grace: this is for one that hangs. */
export const killAfterMs = 9_500
/** A worker under load reads its messages every 0.2 s or so. */
const stopAcceptingMsMax = 500

export function startMember(environment: Readonly<Record<string, string>>, isSpare: boolean): Member {
  const worker = cluster.fork(environment)
  const member: Member = {
    worker,
    isSpare,
    isUp: false,
    up: untilUp(worker),
    gone: untilGone(worker),
    stopAccepting: async () => {
      if (member.isUp) await askToStopAccepting(member)
    },
  }
  member.up.then(
    () => {
      member.isUp = true
    },
    () => {},
  )
  return member
}

/** Asks it to answer what it has and to end, and resolves when it is gone. */
export async function stopMember(member: Member): Promise<void> {
  const { worker } = member
  member.isSpare = true
  const kill = setTimeout(() => worker.process.kill('SIGKILL'), killAfterMs)
  worker.process.kill('SIGTERM')
  await member.gone
  clearTimeout(kill)
}

export function endOf({ process: { pid, exitCode, signalCode } }: Worker): string {
  return `Worker ${pid} ended (${signalCode ?? `exit code ${exitCode}`})`
}

function untilUp(worker: Worker): Promise<string> {
  return new Promise((resolve, reject) => {
    worker.on('message', (message: MemberMessage) => {
      if (message.type === 'failed')
        reject(new AppError('unreachable', message.message ?? 'A worker could not start.'))
      if (message.type === 'listening') resolve(message.url)
    })
    worker.once('exit', () => reject(new AppError('unreachable', `${endOf(worker)} while starting.`)))
  })
}

function untilGone(worker: Worker): Promise<void> {
  return new Promise((resolve) => {
    worker.once('exit', () => resolve())
  })
}

function askToStopAccepting({ worker, gone }: Member): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, stopAcceptingMsMax)
    const end = () => {
      clearTimeout(timer)
      resolve()
    }
    worker.on('message', ({ type }: MemberMessage) => {
      if (type === 'accepts_no_more') end()
    })
    void gone.then(end)
    const asked: MemberMessage = { type: 'stop_accepting' }
    // What cannot be sent is not answered either.
    if (worker.isConnected()) worker.send(asked, () => {})
  })
}
