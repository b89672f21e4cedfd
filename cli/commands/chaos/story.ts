import { AppError, createLifecycle, messageOf } from '../../../server/public/basics.ts'
import { renderChaos } from '../../chaos/report/text.ts'
import { type CommandContext, exitCodes } from '../../command.ts'
import { createInterruption } from '../interruption.ts'
import { chooseFaults } from './choose-faults.ts'
import type { ChaosOptions } from './options.ts'
import { openChaosFiles } from './outputs.ts'
import { play } from './play.ts'
import { openStage } from './stage.ts'

/**
 * Opens a world, lets a crowd buy in it, breaks it as the seed says, and holds what the crowd heard against what is stored.
 * Resolves to the exit code. Throws `AppError` for whatever keeps it from a verdict; what was opened is closed.
 */
export async function runChaos(options: ChaosOptions, { ui, signal }: CommandContext): Promise<number> {
  assertPossible(options)
  const lifecycle = createLifecycle()
  const interruption = createInterruption(signal)
  try {
    const files = await openChaosFiles(options, lifecycle)
    const stage = await openStage(options, {
      announce: ui.note,
      lifecycle,
      signal: interruption.preparing,
    })
    const document = await interruption.shelter(() => play(stage, { options, files, ui, asked: signal }))
    ui.print(options.isJson ? JSON.stringify(document, null, 2) : renderChaos(document, ui.colour))
    await files.finish(document, ui.note)
    if (!document.passed) return exitCodes.checkFailed
    return document.interrupted ? exitCodes.interrupted : exitCodes.good
  } catch (error) {
    if (!signal.aborted) throw error
    throw new AppError('interrupted', 'Interrupted: nothing was proved.', { cause: error })
  } finally {
    interruption.release()
    // The verdict stands whether or not everything could be cleared away.
    await lifecycle.close().catch((error: Error) => ui.note(`${messageOf(error)} ${messageOf(error.cause)}`))
  }
}

/** Before anything is started. Throws `AppError('invalid')`. */
function assertPossible({ plan, databaseUrl }: ChaosOptions): void {
  const { servers, faults } = plan
  const redis = servers.some(({ strategy }) => strategy === 'lock') ? {} : null
  chooseFaults(faults, { servers, redis, postgres: databaseUrl === null ? {} : null }, () => [])
}
