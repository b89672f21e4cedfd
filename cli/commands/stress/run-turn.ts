import type { Load } from '../../stress/engine/engine.ts'
import { couponNamesOf, shapeOf, type Turn, warmupNameOf } from '../../stress/plan/turns.ts'
import { type Ledger, stockOf } from '../../stress/proof/ledger.ts'
import type { Records } from '../../stress/records.ts'
import type { StressRun } from '../../stress/report/document.ts'
import { buildRun } from '../../stress/report/run.ts'
import { type Aim, aimLoad, type Course } from './aim-load.ts'
import { showRun } from './display.ts'
import { warmUp } from './warm-up.ts'

/**
 * One run: fresh coupons, a warm-up where one is asked for, the load, and the proof. Ctrl-C during the load ends the
 * sending; before it, or when nothing was sent yet, the signal's reason is thrown.
 */
export async function runTurn(turn: Turn, course: Course): Promise<StressRun> {
  const { plan, target, interruption } = course
  const couponNames = couponNamesOf(plan, turn)
  const warmupNames = plan.warmupS > 0 ? [warmupNameOf(plan, turn)] : []
  const round = await target.openRound({
    strategy: turn.strategy,
    couponNames: [...couponNames, ...warmupNames],
    quota: plan.quota,
  })
  if (plan.warmupS > 0) await warmUp({ round, couponNames: warmupNames }, course)
  // The warm-up's coupon is made with the others, and no concern of theirs.
  const readLedgers = async () => (await round.readLedgers()).slice(0, couponNames.length)
  const aim = { round, couponNames, shape: shapeOf(plan, turn), signal: interruption.asked }
  const { load, records } = await aimLoad(aim, course)
  try {
    const before = await readLedgers()
    return await interruption.shelter(() => storm({ turn, aim, load, records, before, readLedgers }, course))
  } finally {
    await load.close()
  }
}

interface Aimed {
  readonly turn: Turn
  readonly aim: Aim
  readonly load: Load
  readonly records: Records
  readonly before: readonly Ledger[]
  readLedgers(): Promise<Ledger[]>
}

async function storm(
  { turn, aim, load, records, before, readLedgers }: Aimed,
  course: Course,
): Promise<StressRun> {
  const { target, outputs, ui } = course
  const { round, couponNames, shape, signal } = aim
  const stock = before.reduce((sum, ledger) => sum + stockOf(ledger), 0)
  const stopShowing = showRun({ records, load: shape.load, stock }, ui)
  const result = await load.run().finally(stopShowing)
  const isInterrupted = result.ending === 'interrupted'
  if (isInterrupted) ui.note('Stopped sending; proving what was sent …')

  const run = buildRun({
    repeat: turn.repeat,
    strategy: round.strategy ?? turn.strategy,
    url: round.url,
    auth: target.auth,
    evidence: target.evidence,
    seed: shape.seed,
    couponNames,
    shape,
    records,
    errors: result.errors,
    before,
    after: await readLedgers(),
    generator: result.generator,
    isInterrupted,
  })
  if (run.requests.sent === 0) signal.throwIfAborted()
  await outputs.writeRun({ repeat: turn.repeat, strategy: run.strategy, couponNames }, records)
  return run
}
