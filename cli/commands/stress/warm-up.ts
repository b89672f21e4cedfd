import { warmupShapeOf } from '../../stress/plan/turns.ts'
import type { Round } from '../targets/target.ts'
import { aimLoad, type Course } from './aim-load.ts'

/** Load on a coupon of its own for as long as the plan says; nobody looks at what came of it. */
export async function warmUp(
  { round, couponNames }: { readonly round: Round; readonly couponNames: readonly string[] },
  course: Course,
): Promise<void> {
  const { plan, interruption, ui } = course
  ui.note(`Warming up for ${plan.warmupS} s …`)
  const over = new AbortController()
  const signal = AbortSignal.any([over.signal, interruption.asked])
  const { load } = await aimLoad({ round, couponNames, shape: warmupShapeOf(plan), signal }, course)
  const timer = setTimeout(() => over.abort(), plan.warmupS * 1000)
  try {
    await load.run()
  } finally {
    clearTimeout(timer)
    await load.close()
  }
  interruption.asked.throwIfAborted()
}
