import { AppError, createLifecycle, messageOf } from '../../../server/public/basics.ts'
import { type CommandContext, exitCodes } from '../../command.ts'
import { askPassword } from '../../password.ts'
import { judge } from '../../stress/judge.ts'
import { type Turn, turnsOf } from '../../stress/plan/turns.ts'
import type { StressPlan } from '../../stress/plan.ts'
import { buildDocument } from '../../stress/report/build-document.ts'
import type { StressDocument, StressRun } from '../../stress/report/document.ts'
import { packageVersion } from '../../version.ts'
import { count, number } from '../../words.ts'
import { createInterruption, type Interruption } from '../interruption.ts'
import { openTarget } from '../targets/open-target.ts'
import type { Course } from './aim-load.ts'
import { environmentOf } from './environment.ts'
import type { StressOptions } from './options.ts'
import { openOutputs } from './outputs.ts'
import { runTurn } from './run-turn.ts'

/**
 * Storms a server as often as the plan says, proves from what is stored that each sale was right, and reports. Resolves
 * to the exit code. Throws `AppError` for whatever keeps it from any result; what was opened is closed.
 */
export async function runStress(options: StressOptions, { ui, signal }: CommandContext): Promise<number> {
  const { plan, config, command } = options
  const lifecycle = createLifecycle()
  const interruption = createInterruption(signal)
  try {
    const outputs = await openOutputs(options, lifecycle)
    const target = await openTarget(plan, {
      config,
      lifecycle,
      signal: interruption.preparing,
      announce: ui.note,
      askPassword: (message) => askPassword(message, { ui, signal }, 'set it in COUPON_PASSWORD'),
    })
    const createdAt = new Date()
    const runs = await runTurns(plan, { plan, target, outputs, interruption, ui })
    const document = buildDocument({
      ...{ createdAt, command, toolVersion: packageVersion(), environment: environmentOf(target) },
      ...{ plan, runs, thresholds: judge(plan.expectations, inOrderOf(plan, runs)) },
    })
    await outputs.finish(document, ui)
    return signal.aborted ? exitCodes.interrupted : exitCodeOf(document)
  } catch (error) {
    throw asInterrupted(error, interruption)
  } finally {
    interruption.release()
    // The verdict stands whether or not everything could be cleared away.
    await lifecycle.close().catch((error: Error) => ui.note(`${messageOf(error)} ${messageOf(error.cause)}`))
  }
}

/** Runs that were made before Ctrl-C are reported; without any, its reason is thrown. */
async function runTurns(plan: StressPlan, course: Course): Promise<StressRun[]> {
  const { ui, interruption } = course
  const { asked } = interruption
  const turns = turnsOf(plan)
  const runs: StressRun[] = []
  for (const [position, turn] of turns.entries()) {
    if (turns.length > 1) ui.note(`run ${position + 1} of ${turns.length}: ${labelOf(turn)}`)
    try {
      runs.push(await runTurn(turn, course))
    } catch (error) {
      if (!asked.aborted || runs.length === 0) throw error
    }
    if (asked.aborted) break
  }
  if (asked.aborted && turns.length > 1) {
    ui.note(`Interrupted: ${number(runs.length)} of ${count(turns.length, 'run')} were begun or made.`)
  }
  return runs
}

/** As `--compare` names them, and not as chance had them run. */
function inOrderOf({ strategies }: StressPlan, runs: readonly StressRun[]): StressRun[] {
  const placeOf = ({ strategy }: StressRun) => strategies.indexOf(strategy)
  return runs.toSorted((one, other) => placeOf(one) - placeOf(other))
}

/** `atomic, repeat 1`. */
function labelOf({ strategy, repeat }: Turn): string {
  return `${strategy === null ? '' : `${strategy}, `}repeat ${repeat + 1}`
}

/** A sale that was wrong outweighs one that was slow. */
export function exitCodeOf({ passed, thresholds }: Pick<StressDocument, 'passed' | 'thresholds'>): number {
  if (!passed) return exitCodes.checkFailed
  return thresholds.every((threshold) => threshold.passed) ? exitCodes.good : exitCodes.thresholdCrossed
}

function asInterrupted(error: unknown, { asked }: Interruption): unknown {
  if (!asked.aborted) return error
  return new AppError('interrupted', 'Interrupted: nothing was proved.', { cause: error })
}
