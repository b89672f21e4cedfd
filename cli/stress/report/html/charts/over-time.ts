import { number } from '../../../../words.ts'
import { outcomeNames } from '../../../outcomes.ts'
import type { StressRun, Timeline } from '../../document.ts'
import { figure, ms, seconds, spoken } from '../figures.ts'
import { type Axis, type Chart, leastMs, leastOf, linearAxis, logAxis, mostOf } from './chart.ts'

/** The charts along the time of a run; none when nothing was answered. */
export function chartsOverTime(run: StressRun, group: string): Chart[] {
  if (run.timeline.t_s.length === 0) return []
  return [outcomesOverTime(run, group), remainingOverTime(run, group), ...latencyOverTime(run, group)]
}

function outcomesOverTime({ timeline, outcomes }: StressRun, group: string): Chart {
  const { step_s, t_s } = timeline
  const names = outcomeNames.filter((name) => timeline.outcomes[name] !== undefined)
  const series = names.map((name) => ({
    label: spoken(name),
    colour: name,
    ys: held((timeline.outcomes[name] ?? []).map((count) => count / step_s)),
  }))
  const sums = t_s.map((_, step) => series.reduce((sum, { ys }) => sum + (ys[step] ?? 0), 0))
  const peak = mostOf(sums)
  const parts = names.map((name) => `${number(outcomes[name])} ${spoken(name)}`).join(', ')
  const peakS = t_s[sums.indexOf(peak)] ?? 0
  return {
    title: 'Outcomes over time',
    note: `Answers per second, stacked by outcome; ${figure(peak)} at most, in the ${seconds(step_s)} from ${seconds(peakS)} on.`,
    summary: parts,
    kind: 'stack',
    x: timeAxis(timeline),
    y: linearAxis(peak, 'per_s'),
    xs: [...t_s, endOf(timeline)],
    series,
    group,
  }
}

/** A step's value holds until its end, so the last one is said twice. */
function held(values: readonly number[]): number[] {
  return [...values, values.at(-1) ?? 0]
}

function remainingOverTime(run: StressRun, group: string): Chart {
  const { timeline, stock_before, stock_after } = run
  const ys = [stock_before, ...timeline.remaining]
  const least = leastOf(ys)
  return {
    title: 'Remaining stock',
    note: `Units left by what the answers said: ${leftover(run)}.`,
    summary: `${number(stock_before)} at the start; ${number(stock_after)} stored after the run.`,
    kind: 'steps',
    x: timeAxis(timeline),
    y: { ...linearAxis(mostOf(ys), 'count'), min: Math.min(0, least) },
    xs: [0, ...timeline.t_s.map((start) => start + timeline.step_s)],
    series: [{ label: 'remaining', colour: 'claimed', isFilled: true, ys }],
    group,
  }
}

/** The answer to a release may come after that to the claim of what it gave back: then below 0 is no fault. */
function leftover({ timeline, stock_before, outcomes }: StressRun): string {
  const { remaining, t_s, step_s } = timeline
  const least = leastOf(remaining)
  if (least < 0 && outcomes.released > 0)
    return `${number(least)} at the lowest, for answers cross each other`
  if (least < 0) return `${number(-least)} more were promised than there were`
  const emptyAt = remaining.indexOf(0)
  if (emptyAt < 0) return `${number(remaining.at(-1) ?? stock_before)} were left at the end`
  return `sold out ${seconds((t_s[emptyAt] ?? 0) + step_s)} after the start`
}

function latencyOverTime({ timeline, latency_ms }: StressRun, group: string): Chart[] {
  const { p50_ms, p99_ms, t_s, step_s } = timeline
  const shown = [...p50_ms, ...p99_ms].filter((value) => value !== null).map(visible)
  const worst = mostOf(p99_ms.map((value) => value ?? 0))
  const worstS = t_s[p99_ms.indexOf(worst)] ?? 0
  if (shown.length === 0) return []
  const line = (values: readonly (number | null)[]) =>
    values.map((value) => (value === null ? null : visible(value)))
  return [
    {
      title: 'Latency over time',
      note: `Of the requests that ended in each step; p99 was highest, ${ms(worst)} ms, at ${seconds(worstS)}.`,
      summary: `Over the run p50 was ${ms(latency_ms.all?.p50)} ms and p99 ${ms(latency_ms.all?.p99)} ms.`,
      kind: 'lines',
      x: timeAxis(timeline),
      y: logAxis(shown, 'ms'),
      xs: t_s.map((start) => start + step_s / 2),
      series: [
        { label: 'p99', colour: 'busy', ys: line(p99_ms) },
        { label: 'p50', colour: 'already_claimed', dash: [6, 4], ys: line(p50_ms) },
      ],
      group,
    },
  ]
}

function visible(value: number): number {
  return Math.max(leastMs, value)
}

function timeAxis(timeline: Timeline): Axis {
  return linearAxis(endOf(timeline), 's')
}

function endOf({ t_s, step_s }: Timeline): number {
  return (t_s.at(-1) ?? 0) + step_s
}
