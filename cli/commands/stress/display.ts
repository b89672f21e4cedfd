import { createLiveStats, type LiveFigures } from '../../stress/engine/live.ts'
import { outcomeNames } from '../../stress/outcomes.ts'
import type { Records } from '../../stress/records.ts'
import { milliseconds } from '../../stress/report/latency-table.ts'
import type { LoadShape } from '../../stress/shape.ts'
import type { ProgressBar, ProgressState, Ui } from '../../ui.ts'
import { number } from '../../words.ts'

/** What is shown of a run. */
export interface Shown {
  readonly records: Records
  readonly load: LoadShape
  /** Units in stock at the beginning, of all coupons. */
  readonly stock: number
}

const showEveryMs = 100

/** Shows how the run goes until the returned function is called. */
export function showRun(shown: Shown, ui: Ui): () => void {
  const progress = ui.progress(barsOf(shown))
  const startMs = performance.now()
  const live = createLiveStats(shown.records)
  const show = () => {
    const elapsedMs = performance.now() - startMs
    progress.update(statesOf(live.look(elapsedMs), shown, elapsedMs / 1000))
  }
  const timer = setInterval(show, showEveryMs)
  return () => {
    clearInterval(timer)
    show()
    progress.stop()
  }
}

/** A burst is over when all are answered, an open model when its time is. */
export function barsOf({ records, load, stock }: Shown): ProgressBar[] {
  const course =
    load.kind === 'burst'
      ? { label: 'requests', total: records.total }
      : { label: 'time', total: load.durationS }
  return [course, { label: 'in stock', total: stock }, { label: 'outcomes', total: null }]
}

export function statesOf(figures: LiveFigures, { load, stock }: Shown, elapsedS: number): ProgressState[] {
  const { done, outcomes, claimedLive, requestsPerS, p50, p99 } = figures
  const rate = `${number(Math.round(requestsPerS))}/s`
  const latency =
    p50 === null || p99 === null ? '' : `p50 ${milliseconds(p50)} ms  p99 ${milliseconds(p99)} ms`
  const named = outcomeNames.filter((name) => outcomes[name] > 0)
  return [
    load.kind === 'burst' ? { value: done, note: rate } : timeState(load.durationS, elapsedS, { done, rate }),
    // Against a server that oversells, or that others storm as well, the books may show more claims than units.
    { value: Math.max(0, stock - claimedLive), note: latency },
    { value: 0, note: named.map((name) => `${name} ${number(outcomes[name])}`).join(', ') },
  ]
}

/** The last answers come after the time is over. */
function timeState(
  durationS: number,
  elapsedS: number,
  { done, rate }: { done: number; rate: string },
): ProgressState {
  const value = Math.min(elapsedS, durationS)
  const amount = `${value.toFixed(1)}/${number(durationS)} s`
  return { value, amount, note: `${number(done)} done  ${rate}` }
}
