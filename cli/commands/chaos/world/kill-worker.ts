import { setTimeout as pause } from 'node:timers/promises'
import { AppError, isPidAlive } from '../../../../server/public/basics.ts'
import { readMetrics, sampleIn } from '../../../chaos/limits/page.ts'
import type { KilledWorker } from '../../../chaos/world.ts'
import type { OutputWatch } from './output.ts'

export interface WorkerParts {
  readonly name: string
  readonly url: string
  readonly workers: number
  /** Those that run now, the lowest pid first. */
  readonly pids: () => readonly number[]
  readonly watch: OutputWatch
  readonly signal: AbortSignal
}

/** Another fault may keep a new one from starting, and the parent tries again by itself. */
const replaceMsMax = 60_000
const goneMsMax = 5_000
const lookMs = 250

/**
 * SIGKILL to one worker, by its place among their pids; resolves when its parent has seen that it is gone. Another is in its place when the
 * server's own /metrics says that as many processes as before have answered for it: the parent asks those that listen. Rejects with
 * `AppError` when there is none to kill, or it does not go.
 */
export async function killWorker(at: number, parts: WorkerParts): Promise<KilledWorker> {
  const { name, pids, watch, signal } = parts
  const running = pids()
  const pid = running[at % running.length]
  if (pid === undefined) throw new AppError('unreachable', `${name} has no worker that could be killed.`)
  const watching = watch.expectEnd(pid)
  process.kill(pid, 'SIGKILL')
  // Until its parent has seen its end, its pid is taken.
  await until(() => !isPidAlive(pid), {
    ms: goneMsMax,
    signal,
    what: `Worker ${pid} of ${name} does not end`,
  })
  return { pid, replaced: untilReplaced(parts).finally(watching.end) }
}

async function untilReplaced({ name, url, workers, signal }: WorkerParts): Promise<void> {
  const what = `${name} does not have its ${workers} workers again`
  await until(async () => (await answering(url)) >= workers, { ms: replaceMsMax, signal, what })
}

/** How many processes have answered when the server was asked for its figures. */
async function answering(url: string): Promise<number> {
  const page = await readMetrics(url)
  return page === null ? 0 : (sampleIn(page, 'coupon_metrics_processes{state="answered"}') ?? 0)
}

interface Patience {
  readonly ms: number
  readonly signal: AbortSignal
  readonly what: string
}

async function until(isSo: () => boolean | Promise<boolean>, { ms, signal, what }: Patience): Promise<void> {
  for (const giveUpMs = performance.now() + ms; !(await isSo()); ) {
    if (performance.now() > giveUpMs) throw new AppError('unreachable', `${what} after ${ms / 1000} s.`)
    await pause(lookMs, undefined, { signal })
  }
}
