import { randomBytes, randomInt } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { AppError, createLifecycle, type Lifecycle, messageOf } from '../../server/public/basics.ts'
import type { CommandAction } from '../command.ts'
import { askPassword } from '../password.ts'
import { buildClaimBodies } from '../stress/bodies.ts'
import { type Connections, openConnections } from '../stress/connections.ts'
import { runLoad } from '../stress/driver.ts'
import { createErrorSet } from '../stress/errors.ts'
import { stockOf } from '../stress/ledger.ts'
import { requestOrder } from '../stress/order.ts'
import { readPlan, type StressFlags, type StressPlan } from '../stress/plan.ts'
import { createRecords, type Records } from '../stress/records.ts'
import { milliseconds } from '../stress/report/latency-table.ts'
import { buildReport, type StressReport } from '../stress/report/report.ts'
import { renderReport } from '../stress/report/text.ts'
import { createLiveStats, type LiveFigures } from '../stress/stats.ts'
import type { ProgressState, Ui } from '../ui.ts'
import { count, number } from '../words.ts'
import { openTarget } from './targets/open-target.ts'
import type { Target } from './targets/target.ts'

export interface StressOptions {
  readonly plan: StressPlan
  readonly isJson: boolean
  /** The configuration file of `--config`. */
  readonly config?: string
  /** Aborted by Ctrl-C: nothing more is sent, everything is closed, and `AppError('interrupted')` is thrown. */
  readonly signal?: AbortSignal
}

export type StressCommandFlags = StressFlags & { readonly config?: string }

/** Throws `AppError('invalid')` with every fault of the flags. */
export function parseStressOptions(flags: StressCommandFlags): StressOptions {
  const reading = readPlan(flags, { seed: randomInt(2 ** 32), suffix: randomBytes(4).toString('hex') })
  if ('plan' in reading) return { plan: reading.plan, isJson: flags.json === true, config: flags.config }
  const { faults } = reading
  const lines = faults.map(({ key, value }) => `${key}: ${value}.`)
  const message =
    lines.length === 1 ? lines.join('') : `${lines.length} flags do not fit:\n  ${lines.join('\n  ')}`
  throw new AppError('invalid', message, { faults })
}

/**
 * Storms a server and proves from what is stored that the sale was right. Prints the report, or its JSON
 * document. Throws `AppError` for everything that keeps it from a result; whatever was opened is closed.
 */
export async function runStress(
  options: StressOptions,
  ui: Ui,
): Promise<{ report: StressReport; exitCode: 0 | 1 }> {
  const { signal = new AbortController().signal } = options
  const lifecycle = createLifecycle()
  try {
    const report = await storm({ ...options, signal, lifecycle }, ui)
    ui.print(options.isJson ? JSON.stringify(report, null, 2) : renderReport(report, ui.colour))
    return { report, exitCode: report.passed ? 0 : 1 }
  } catch (error) {
    if (!signal.aborted) throw error
    throw new AppError('interrupted', 'Interrupted: nothing was proved.', { cause: error })
  } finally {
    // The verdict stands whether or not everything could be cleared away.
    await lifecycle.close().catch((error: Error) => ui.note(`${messageOf(error)} ${messageOf(error.cause)}`))
  }
}

interface Run {
  readonly plan: StressPlan
  readonly config?: string
  readonly signal: AbortSignal
  readonly lifecycle: Lifecycle
}

async function storm(run: Run, ui: Ui): Promise<StressReport> {
  const { plan, signal } = run
  const askFor = (message: string) => askPassword(message, { ui, signal }, 'set it in COUPON_PASSWORD')
  const target = await openTarget(plan, { ...run, announce: ui.note, askPassword: askFor })
  const records = createRecords(requestOrder(plan))
  const bodyOf = buildClaimBodies(plan.users, plan.coupon)
  const errors = createErrorSet()
  const before = await target.readLedger()
  const { clients } = await connect(target, run, ui)

  const stopProgress = showProgress(records, stockOf(before), ui)
  const { claimPath: path, authorizationOf } = target
  const load = { clients, path, bodyOf, authorizationOf, records, onError: errors.add, signal }
  await runLoad(load).finally(stopProgress)
  signal.throwIfAborted()

  const after = await target.readLedger()
  signal.throwIfAborted()
  const environment = {
    node: process.version,
    postgres: target.postgres,
    redis: target.redis,
    cpus: availableParallelism(),
  }
  return buildReport({
    plan,
    subject: { ...target, environment },
    records,
    errors: errors.list(),
    before,
    after,
  })
}

/** Longer than any strategy may take: the lock's three tries, or a claim's five seconds in the queue. */
const requestTimeoutMs = 30_000

async function connect(target: Target, { plan, signal, lifecycle }: Run, ui: Ui): Promise<Connections> {
  const { connections } = plan
  ui.note(`Opening ${count(connections, 'connection')} to ${target.url} …`)
  try {
    const opened = await openConnections({
      url: target.url,
      count: connections,
      warmPath: '/healthcheck',
      timeoutMs: requestTimeoutMs,
      signal,
    })
    lifecycle.push('the connections', opened.close)
    return opened
  } catch (error) {
    const wanted = count(connections, 'connection')
    throw new AppError(
      'unreachable',
      `Not all of ${wanted} to ${target.url} could be opened: ${messageOf(error)}`,
      {
        cause: error,
      },
    )
  }
}

const progressEveryMs = 100

/** Shows how the run goes until the returned function is called. */
function showProgress(records: Records, quota: number, ui: Ui): () => void {
  const progress = ui.progress([
    { label: 'requests', total: records.total },
    { label: 'claimed', total: quota },
  ])
  const startMs = performance.now()
  const live = createLiveStats(records)
  const show = () => progress.update(progressStates(live.look(performance.now() - startMs)))
  const timer = setInterval(show, progressEveryMs)
  return () => {
    clearInterval(timer)
    show()
    progress.stop()
  }
}

function progressStates({ done, claimed, requestsPerS, p50, p99 }: LiveFigures): ProgressState[] {
  const latency =
    p50 === null || p99 === null ? '' : `p50 ${milliseconds(p50)} ms  p99 ${milliseconds(p99)} ms`
  return [
    { value: done, note: `${number(Math.round(requestsPerS))}/s` },
    { value: claimed, note: latency },
  ]
}

/** The command: reads the flags, runs, and tells the exit code. */
export const stress: CommandAction<StressCommandFlags> = async (flags, { ui, signal }) => {
  const { exitCode } = await runStress({ ...parseStressOptions(flags), signal }, ui)
  return exitCode
}
