import { AppError, messageOf } from '../../server/public/basics.ts'
import { count as countOf } from '../words.ts'
import { createWorkerFigures, type FiguresMessage } from './worker-figures.ts'
import { createHandover } from './worker-handover.ts'
import { endOf, killAfterMs, type Member, startMember, stopAccepting, stopMember } from './worker-member.ts'

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

const restartMsFirst = 100
const restartMsMax = 5_000
/** A new worker that does not listen by then is given up. */
const startMsMax = 30_000
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
    const member = startMember(environment, isSpare)
    const { worker } = member
    handover.watch(worker)
    worker.on('message', (message: FiguresMessage) => figures.hear(worker, message))
    worker.once('disconnect', () => figures.leave(worker))
    alive.add(member)
    // Who wants to know of a failure asks by itself.
    member.up.then(
      () => {
        restartMs = restartMsFirst
      },
      () => {},
    )
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
      await stopMember(member)
      announce(`Worker ${next.worker.process.pid} is in the place of ${member.worker.process.pid}.`)
    }
    return true
  }

  /**
   * All at once, and only when none accepts connections any more: whoever is sent away by one connects again, and what the parent
   * had accepted for the others was reset when those stopped as well. Of 128 clients up to 54 lost the first request
   * on their new connection when the workers stopped in turn, and up to 28 when all were told at once.
   */
  async function stopAll(): Promise<void> {
    for (const timer of timers) clearTimeout(timer)
    const kill = setTimeout(() => {
      for (const { worker } of alive) worker.process.kill('SIGKILL')
    }, killAfterMs)
    await stopAccepting([...alive])
    await Promise.all([...alive].map(stopMember))
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

/** Rejects with `AppError` when the promise takes longer. */
function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = () => reject(new AppError('unreachable', `A worker did not listen within ${ms / 1000} s.`))
    const timer = setTimeout(late, ms)
    promise.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}
