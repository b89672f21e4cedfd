import { AppError } from '../../../server/public/basics.ts'
import { type Fault, type FaultName, faultNames } from '../../chaos/fault.ts'
import { createFaults } from '../../chaos/faults/index.ts'
import type { ChaosDocument } from '../../chaos/report/document.ts'
import type { WorldShape } from '../../chaos/world.ts'

export interface Chosen {
  readonly chosen: ReadonlyMap<FaultName, Fault>
  readonly leftOut: ChaosDocument['left_out']
}

/**
 * Those that are wanted, in the order of all names, less those that cannot be injected in this world. Throws
 * `AppError('invalid')` when none is left.
 */
export function chooseFaults(
  wanted: readonly FaultName[] | null,
  world: WorldShape,
  couponNames: () => readonly string[],
): Chosen {
  const all = createFaults({ couponNames })
  const chosen = new Map<FaultName, Fault>()
  const leftOut: { fault: FaultName; why: string }[] = []
  for (const name of wanted ?? faultNames) {
    const fault = all.get(name)
    const why = fault?.impossible(world) ?? null
    if (why !== null) leftOut.push({ fault: name, why })
    else if (fault !== undefined) chosen.set(name, fault)
  }
  if (chosen.size > 0) return { chosen, leftOut }
  const why = leftOut.map((each) => `${each.fault}: ${each.why}`).join('; ')
  throw new AppError('invalid', `--faults: none of these can be injected here (${why}).`)
}
