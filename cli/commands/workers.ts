import cluster, { type Worker } from 'node:cluster'
import { AppError, messageOf } from '../../server/public/basics.ts'
import { count as countOf } from '../words.ts'
import { createWorkerFigures, type FiguresMessage } from './worker-figures.ts'
import { createHandover } from './worker-handover.ts'

export interface WorkersOptions {
  readonly count: number
  /** On top of this process's own environment. */
  readonly environment: Readonly<Record<string, string>>
  readonly announce: (line: string) => void
}

export interface Workers {
  /** The address, once every worker listens; rejects with `AppError` when one cannot. */
  readonly listening: Promise<string>
  /**
   * Puts a new worker in the place of each, one after another; resolves to whether all are new. Asked while that goes on, it
   * does it once more.
   */
  restart(): Promise<boolean>
  /** Asks the workers to finish, and resolves when all are gone. Closing again is the same closing. */
  close(): Promise<void>
}

interface WorkerMessage {
  readonly type?: string
  readonly url?: string
  readonly message?: string
}

interface Member {
  readonly worker: Worker
  /** The address it listens on; rejects with `AppError` when it ends before that. */
  readonly up: Promise<string>
  readonly gone: Promise<void>
  /** True for one whose end is nobody's loss: it was asked to stop, or has no place yet. */
  isSpare: boolean
  /** True once it listens. */
  isUp: boolean
}

const restartMsFirst = 100
const restartMsMax = 5_000
/** A new worker that does not listen by then is given up. */
const startMsMax = 30_000
/** Longer than a worker's own grace: this is for one that hangs. */
const killAfterMs = 9_500

/**
 * Keeps `count` server processes on one port. One that dies is replaced, later each time until one has come up
 * again.
 *
 * States: starting -> running -> closing -> closed; a failure while starting rejects `listening`. While running, a
 * restart may be under way: one more worker, until an old one is gone.
 */
export function createWorkers({ count, environment, announce }: WorkersOptions): Workers {
  const alive = new Set<Member>()
  const timers = new Set<NodeJS.Timeout>()
  const figures = createWorkerFigures(() => [...alive].filter(({ isUp }) => isUp).map(({ worker }) => worker))
  const handover = createHandover()
  let isStarted = false
  let restartMs = restartMsFirst
  let restarting: Promise<boolean> | undefined
  let isRestartWanted = false
  let closing: Promise<void> | undefined

  function start(isSpare = false): Member {
    const worker = cluster.fork(environment)
    handover.watch(worker)
    worker.on('message', (message: FiguresMessage) => figures.hear(worker, message))
    const [up, gone] = [untilUp(worker), untilGone(worker)]
    const member: Member = { worker, isSpare, isUp: false, up, gone }
    alive.add(member)
    // Who wants to know of a failure asks by itself.
    member.up.then(
      () => {
        member.isUp = true
        restartMs = restartMsFirst
      },
      () => {},
    )
    worker.once('disconnect', () => figures.leave(worker))
    void member.gone.then(() => {
      handover.leave(worker)
      alive.delete(member)
      if (isStarted && closing === undefined && !member.isSpare) replace(endOf(worker))
    })
    return member
  }

  async function startAll(): Promise<string> {
    const members = Array.from({ length: count }, () => start())
    const lost = members.map(async ({ worker, gone }) => {
      await gone
      throw new AppError('unreachable', `${endOf(worker)} while the others were starting.`)
    })
    const [url = ''] = await Promise.race([Promise.all(members.map(({ up }) => up)), ...lost])
    isStarted = true
    return url
  }

  function replace(ended: string): void {
    announce(`${ended}; starting another in ${restartMs} ms.`)
    const timer = setTimeout(() => {
      timers.delete(timer)
      start()
    }, restartMs)
    timers.add(timer)
    restartMs = Math.min(restartMs * 2, restartMsMax)
  }

  async function restartAll(): Promise<boolean> {
    let isDone = false
    while (isRestartWanted && closing === undefined) {
      isRestartWanted = false
      announce(`Restarting ${countOf(count, 'worker')}, one after another …`)
      isDone = (await replaceEach([...alive])) && closing === undefined
      if (isDone) announce('All workers are new.')
    }
    restarting = undefined
    return isDone
  }

  /** False when a new one cannot start: then the old ones go on. */
  async function replaceEach(old: readonly Member[]): Promise<boolean> {
    for (const member of old) {
      // One that has died has been replaced already.
      if (closing !== undefined || !alive.has(member)) continue
      const next = start(true)
      try {
        await within(startMsMax, next.up)
      } catch (error) {
        if (closing === undefined) {
          next.worker.process.kill('SIGKILL')
          announce(`Restarting ends here: ${messageOf(error)} The others go on.`)
        }
        return false
      }
      next.isSpare = false
      await stop(member)
      announce(`Worker ${next.worker.process.pid} is in the place of ${member.worker.process.pid}.`)
    }
    return true
  }

  async function stop(member: Member): Promise<void> {
    member.isSpare = true
    const kill = setTimeout(() => member.worker.process.kill('SIGKILL'), killAfterMs)
    member.worker.process.kill('SIGTERM')
    await member.gone
    clearTimeout(kill)
  }

  /**
   * All at once. In turn, each would send its clients to the next one, and what the parent had accepted for the last one was reset when
   * that stopped as well: of 128 clients up to 54 lost the first request on their new connection, in 4 stops of 5.
   */
  async function stopAll(): Promise<void> {
    for (const timer of timers) clearTimeout(timer)
    const kill = setTimeout(() => {
      for (const { worker } of alive) worker.process.kill('SIGKILL')
    }, killAfterMs)
    await Promise.all([...alive].map(stop))
    clearTimeout(kill)
  }

  return {
    listening: startAll(),
    restart: () => {
      if (!isStarted || closing !== undefined) return Promise.resolve(false)
      isRestartWanted = true
      restarting ??= restartAll()
      return restarting
    },
    close: () => {
      closing ??= stopAll()
      return closing
    },
  }
}

function untilUp(worker: Worker): Promise<string> {
  return new Promise((resolve, reject) => {
    worker.on('message', ({ type, url, message = 'A worker could not start.' }: WorkerMessage) => {
      if (type === 'failed') reject(new AppError('unreachable', message))
      if (type === 'listening' && url !== undefined) resolve(url)
    })
    worker.once('exit', () => reject(new AppError('unreachable', `${endOf(worker)} while starting.`)))
  })
}

function untilGone(worker: Worker): Promise<void> {
  return new Promise((resolve) => {
    worker.once('exit', () => resolve())
  })
}

function endOf({ process: { pid, exitCode, signalCode } }: Worker): string {
  return `Worker ${pid} ended (${signalCode ?? `exit code ${exitCode}`})`
}

/** Rejects with `AppError` when the promise takes longer. */
function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = () => reject(new AppError('unreachable', `A worker did not listen within ${ms / 1000} s.`))
    const timer = setTimeout(late, ms)
    promise.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}
