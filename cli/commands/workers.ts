import cluster, { type Worker } from 'node:cluster'
import { AppError } from '../../server/public/basics.ts'

export interface WorkersOptions {
  readonly count: number
  /** On top of this process's own environment. */
  readonly environment: Readonly<Record<string, string>>
  readonly announce: (line: string) => void
}

export interface Workers {
  /** The address, once every worker listens; rejects with `AppError` when one cannot. */
  readonly listening: Promise<string>
  /** Asks every worker to finish, and resolves when all are gone. Closing again is the same closing. */
  close(): Promise<void>
}

interface WorkerMessage {
  readonly type?: string
  readonly url?: string
  readonly message?: string
}

const restartMsFirst = 100
const restartMsMax = 5_000
/** Longer than a worker's own grace: this is for one that hangs. */
const killAfterMs = 9_500

/**
 * Keeps `count` server processes on one port. One that dies is replaced, later each time until one has come up
 * again.
 *
 * States: starting -> running -> closing -> closed; a failure while starting rejects `listening`.
 */
export function createWorkers({ count, environment, announce }: WorkersOptions): Workers {
  const alive = new Set<Worker>()
  const restarts = new Set<NodeJS.Timeout>()
  let listeningCount = 0
  let restartMs = restartMsFirst
  let closing: Promise<void> | undefined
  let onAllGone: (() => void) | undefined
  let onListening: (url: string) => void = () => {}
  let onFailed: (error: AppError) => void = () => {}
  const listening = new Promise<string>((resolve, reject) => {
    onListening = resolve
    onFailed = reject
  })

  function startOne(): void {
    const worker = cluster.fork(environment)
    alive.add(worker)
    worker.on('message', (message: WorkerMessage) => hear(message))
    worker.on('exit', (code, signal) => {
      alive.delete(worker)
      if (alive.size === 0) onAllGone?.()
      if (closing === undefined)
        replace(`Worker ${worker.process.pid} ended (${signal ?? `exit code ${code}`})`)
    })
  }

  function hear({ type, url, message = 'A worker could not start.' }: WorkerMessage): void {
    // Once every worker has been up, the promise is settled and a failure is told by the worker itself.
    if (type === 'failed') onFailed(new AppError('unreachable', message))
    if (type !== 'listening' || url === undefined) return
    restartMs = restartMsFirst
    listeningCount += 1
    if (listeningCount === count) onListening(url)
  }

  function replace(ended: string): void {
    if (listeningCount < count) {
      onFailed(new AppError('unreachable', `${ended} while starting.`))
      return
    }
    announce(`${ended}; starting another in ${restartMs} ms.`)
    const timer = setTimeout(() => {
      restarts.delete(timer)
      startOne()
    }, restartMs)
    restarts.add(timer)
    restartMs = Math.min(restartMs * 2, restartMsMax)
  }

  async function stopAll(): Promise<void> {
    for (const timer of restarts) clearTimeout(timer)
    const gone = new Promise<void>((resolve) => {
      onAllGone = resolve
      if (alive.size === 0) resolve()
    })
    const kill = setTimeout(() => signalAll(alive, 'SIGKILL'), killAfterMs)
    signalAll(alive, 'SIGTERM')
    await gone
    clearTimeout(kill)
  }

  for (let started = 0; started < count; started += 1) startOne()
  return {
    listening,
    close: () => {
      closing ??= stopAll()
      return closing
    },
  }
}

function signalAll(workers: Iterable<Worker>, name: NodeJS.Signals): void {
  for (const worker of workers) worker.process.kill(name)
}
