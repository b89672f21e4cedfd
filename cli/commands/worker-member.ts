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
}

/** What a worker and its parent tell each other, besides figures. */
export type MemberMessage =
  | { readonly type: 'listening'; readonly url: string }
  | { readonly type: 'failed'; readonly message?: string }
  | { readonly type: 'hold_newcomers' }
  | { readonly type: 'holding'; readonly taken: number }
  | { readonly type: 'stop_accepting' }
  | { readonly type: 'accepts_no_more' }

/** Longer than a worker's own grace: this is for one that hangs. */
export const killAfterMs = 9_500
/** Under load a worker needs some 0.2 s to read what it is asked, and more on a machine that others use. */
const stopAcceptingMsMax = 1_250
/** Questions follow each other within a millisecond, in which a client on a busy machine may not have had its turn. */
const quietMs = 50
/** Where newcomers come all the time, there is no quiet. */
const quietWaitMsMax = 300

export function startMember(environment: Readonly<Record<string, string>>, isSpare: boolean): Member {
  const worker = cluster.fork(environment)
  const member: Member = {
    worker,
    isSpare,
    isUp: false,
    up: untilUp(worker),
    gone: untilGone(worker),
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

/**
 * Has all of them accept no connection any more, when the parent has handed over what the system had accepted. Newcomers are held
 * first, or whoever is answered comes again. All is handed over when no worker has taken one in `quietMs` of questions: what the
 * parent hands over before a question is taken before it is answered, and while it waits for the answers it looks for connections.
 */
export async function stopAccepting(members: readonly Member[]): Promise<void> {
  const untilMs = performance.now() + stopAcceptingMsMax
  const up = members.filter(({ isUp }) => isUp)
  const askAll = (type: Question) => Promise.all(up.map((member) => ask(member, type, untilMs)))
  const countTaken = async () => {
    const answers = await askAll('hold_newcomers')
    return answers.reduce((sum, answer) => sum + (answer?.type === 'holding' ? answer.taken : 0), 0)
  }
  let taken = await countTaken()
  const heldMs = performance.now()
  const waitUntilMs = Math.min(untilMs, heldMs + quietWaitMsMax)
  for (let [sinceMs, nowMs] = [heldMs, heldMs]; nowMs - sinceMs < quietMs && nowMs < waitUntilMs; ) {
    const before = taken
    taken = await countTaken()
    nowMs = performance.now()
    if (taken !== before) sinceMs = nowMs
  }
  await askAll('stop_accepting')
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

type Question = 'hold_newcomers' | 'stop_accepting'
type Answer = Extract<MemberMessage, { type: 'holding' | 'accepts_no_more' }>

/** Null when it ends, or does not answer by then. */
function ask({ worker, gone }: Member, type: Question, untilMs: number): Promise<Answer | null> {
  return new Promise((resolve) => {
    const end = (answer: Answer | null) => {
      clearTimeout(timer)
      worker.off('message', hear)
      resolve(answer)
    }
    const hear = (message: MemberMessage) => {
      if (message.type === 'holding' || message.type === 'accepts_no_more') end(message)
    }
    const timer = setTimeout(() => end(null), untilMs - performance.now())
    worker.on('message', hear)
    void gone.then(() => end(null))
    // What cannot be sent is not answered either.
    if (worker.isConnected()) worker.send({ type } satisfies MemberMessage, () => {})
  })
}
