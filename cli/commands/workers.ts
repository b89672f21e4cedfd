import cluster, { type Worker } from 'node:cluster'
import { AppError } from '../../server/index.ts'

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

const restartMsFirst = 100
const restartMsMax = 5_000
/** Longer than a worker's own grace: this is for one that hangs. */
const killAfterMs = 9_500

/**
 * Keeps `count` server processes on one port. One that dies is replaced, later each time until one has come up
 * again.
 *
 * States: starting -> running -> closing -> closed; a failure while starting ends in closing.
 */
export function startWorkers({ count, environment, announce }: WorkersOptions): Workers {
  const alive = new Set<Worker>()
  const restarts = new Set<NodeJS.Timeout>()
  let listeningCount = 0
  let restartMs = restartMsFirst
  let isUp = false
  let closing: Promise<void> | undefined
  let onAllGone: (() => void) | undefined

  const listening = new Promise<string>((resolve, reject) => {
    const startOne = () => {
      const worker = cluster.fork(environment)
      alive.add(worker)
      worker.on('message', (message: { type?: string; url?: string; message?: string }) => {
        if (message.type === 'failed' && !isUp)
          reject(new AppError('unreachable', message.message ?? 'A worker failed.'))
        if (message.type !== 'listening' || message.url === undefined) return
        restartMs = restartMsFirst
        listeningCount += 1
        if (listeningCount < count) return
        isUp = true
        resolve(message.url)
      })
      worker.on('exit', (code, signal) => {
        alive.delete(worker)
        if (alive.size === 0) onAllGone?.()
        if (closing !== undefined) return
        const how = signal ?? `exit code ${code}`
        if (!isUp) return reject(new AppError('unreachable', `A worker ended while starting (${how}).`))
        announce(`Worker ${worker.process.pid} ended (${how}); starting another in ${restartMs} ms.`)
        const timer = setTimeout(() => {
          restarts.delete(timer)
          startOne()
        }, restartMs)
        restarts.add(timer)
        restartMs = Math.min(restartMs * 2, restartMsMax)
      })
    }
    for (let started = 0; started < count; started += 1) startOne()
  })

  async function stopAll(): Promise<void> {
    for (const timer of restarts) clearTimeout(timer)
    const gone = new Promise<void>((resolve) => {
      onAllGone = resolve
      if (alive.size === 0) resolve()
    })
    const kill = setTimeout(() => signalAll('SIGKILL'), killAfterMs)
    signalAll('SIGTERM')
    await gone
    clearTimeout(kill)
  }

  function signalAll(name: NodeJS.Signals): void {
    for (const worker of alive) worker.process.kill(name)
  }

  return {
    listening,
    close: () => {
      closing ??= stopAll()
      return closing
    },
  }
}
