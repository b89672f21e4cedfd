import type { StressPlan } from '../../stress/plan.ts'
import { openOwnTarget } from './own-target.ts'
import { openRemoteTarget } from './remote-target.ts'
import type { Target, TargetContext } from './target.ts'

/** The server of `--url`, or one of our own with a database of its own. */
export function openTarget(plan: StressPlan, context: TargetContext): Promise<Target> {
  return plan.url === null
    ? openOwnTarget(plan, context)
    : openRemoteTarget({ ...plan, url: plan.url }, context)
}
