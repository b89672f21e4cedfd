import cluster from 'node:cluster'
import { CommanderError } from 'commander'
import { AppError, type AppErrorCode, messageOf } from '../server/errors.ts'
import { exitCodes } from './command.ts'
import { buildProgram } from './program.ts'
import { createUi, type Ui } from './ui.ts'

const exitCodeOf: Readonly<Record<AppErrorCode, number>> = {
  invalid: exitCodes.usage,
  too_large: exitCodes.usage,
  config: exitCodes.usage,
  schema: exitCodes.usage,
  not_found: exitCodes.usage,
  coupon_not_found: exitCodes.usage,
  user_not_found: exitCodes.usage,
  coupon_exists: exitCodes.usage,
  username_taken: exitCodes.usage,
  amount_below_claimed: exitCodes.usage,
  unreachable: exitCodes.unreachable,
  outcome_unknown: exitCodes.unreachable,
  interrupted: exitCodes.interrupted,
}

/** Runs the command line and resolves to the exit code; errors become text on stderr here and nowhere else. */
export async function run(argv: readonly string[]): Promise<number> {
  const ui = createUi()
  ignoreClosedPipes()
  const stop = listenForStop(ui)
  let exitCode: number = exitCodes.good
  const program = buildProgram({ ui, signal: stop.signal }, (code) => {
    exitCode = code
  })
  try {
    await program.parseAsync([...argv])
  } catch (error) {
    exitCode = report(error, ui, stop.signal)
  } finally {
    stop.release()
    // A channel to the process that started us would keep this one alive. It is not closed: a worker of a cluster whose
    // channel closes is ended by Node at once, with exit code 0 whatever this one is.
    process.channel?.unref()
  }
  return exitCode
}

function report(error: unknown, ui: Ui, signal: AbortSignal): number {
  // Commander has written its own message by now; help and version end this way too.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.good : exitCodes.usage
  const isInterrupted = signal.aborted && !(error instanceof AppError && error.code !== 'interrupted')
  const exitCode = isInterrupted
    ? exitCodes.interrupted
    : error instanceof AppError
      ? exitCodeOf[error.code]
      : exitCodes.unreachable
  const message = isInterrupted ? 'Interrupted.' : describe(error)
  ui.note(`${ui.noteColour.red('error:')} ${message}`)
  if (process.env.COUPON_DEBUG === '1') ui.note(stacksOf(error))
  process.send?.({ type: 'failed', message, exitCode })
  return exitCode
}

/** A fault nobody foresaw is told by its message; the stack is for who asks for it with COUPON_DEBUG=1. */
function describe(error: unknown): string {
  if (error instanceof AppError) return error.message
  const cause = error instanceof Error && error.cause !== undefined ? ` ${messageOf(error.cause)}` : ''
  return `${messageOf(error)}${cause}`
}

/** Where the error came from, and what was behind it. */
function stacksOf(error: unknown): string {
  if (!(error instanceof Error)) return ''
  const cause = error.cause === undefined ? '' : `\ncaused by ${stacksOf(error.cause)}`
  return `${error.stack}${cause}`
}

/** `coupon … | head` closes our stdout; that is not a fault. */
function ignoreClosedPipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error
    })
  }
}

/**
 * The first SIGINT or SIGTERM asks to stop; the next one ends the process at once, as if nobody listened. A
 * worker of a cluster leaves to its primary what a terminal tells them both, so that the primary alone says when it stops: it heeds
 * SIGTERM alone, however often it comes, and the end of its primary.
 */
function listenForStop(ui: Ui): { signal: AbortSignal; release: () => void } {
  const controller = new AbortController()
  const signals: readonly NodeJS.Signals[] = cluster.isWorker
    ? ['SIGINT', 'SIGTERM', 'SIGHUP']
    : ['SIGINT', 'SIGTERM']
  const onSignal = (name: NodeJS.Signals) => {
    if (cluster.isWorker && (name !== 'SIGTERM' || controller.signal.aborted)) return
    if (controller.signal.aborted) {
      release()
      ui.endProgress()
      process.kill(process.pid, name)
      return
    }
    controller.abort(new AppError('interrupted', 'Interrupted.'))
  }
  const onDisconnect = () => controller.abort(new AppError('interrupted', 'The parent process is gone.'))
  const release = () => {
    for (const name of signals) process.off(name, onSignal)
    process.off('disconnect', onDisconnect)
  }
  for (const name of signals) process.on(name, onSignal)
  if (process.connected) process.on('disconnect', onDisconnect)
  return { signal: controller.signal, release }
}
