import { AppError, messageOf } from '../../../server/errors.ts'
import { type Load, openLoad } from '../../stress/engine/engine.ts'
import { writeScript } from '../../stress/engine/script.ts'
import type { StressPlan } from '../../stress/plan.ts'
import type { Records } from '../../stress/records.ts'
import type { ScriptShape } from '../../stress/shape.ts'
import type { Ui } from '../../ui.ts'
import { count } from '../../words.ts'
import type { Interruption } from '../interruption.ts'
import type { Round, Target } from '../targets/target.ts'
import type { Outputs } from './outputs.ts'

/** What all runs of a storm share. */
export interface Course {
  readonly plan: StressPlan
  readonly target: Target
  readonly outputs: Outputs
  readonly interruption: Interruption
  readonly ui: Ui
}

export interface Aim {
  readonly round: Round
  readonly couponNames: readonly string[]
  readonly shape: ScriptShape
  readonly signal: AbortSignal
}

/** Longer than any strategy may take: the lock's three tries, or a claim's five seconds in the queue. */
const requestTimeoutMs = 30_000

/** Writes out what is to be sent, and opens the connections for it. */
export async function aimLoad(
  { round, couponNames, shape, signal }: Aim,
  { plan, target, ui }: Course,
): Promise<{ load: Load; records: Records }> {
  const records = writeScript(shape)
  const { connections, isCold, threads } = plan
  if (!isCold) ui.note(`Opening ${count(connections, 'connection')} to ${round.url} …`)
  try {
    const load = await openLoad({
      ...{ url: round.url, paths: round.paths, couponNames, authorizations: target.authorizations },
      ...{ shape, records, connections, isCold, threads, timeoutMs: requestTimeoutMs, signal },
    })
    return { load, records }
  } catch (error) {
    signal.throwIfAborted()
    throw new AppError('unreachable', messageOf(error), { cause: error })
  }
}
