import { count, number } from '../../../../words.ts'
import type { OutcomeHistogram, StressRun } from '../../document.ts'
import { ms, spoken } from '../figures.ts'
import { type Axis, type Chart, leastMs, linearAxis, logAxis, mostOf } from './chart.ts'

/** One histogram below the other on the same logarithmic axis, for wins and refusals differ by far in number. */
export function histogramCharts({ histograms, latency_ms }: StressRun, group: string): Chart[] {
  const single = histograms.filter(({ outcome }) => outcome !== 'all')
  const x = logAxis(
    histograms.flatMap(({ bounds_ms }) => plottedBounds(bounds_ms)),
    'ms',
  )
  const labelChars = number(mostOf(single.flatMap(({ counts }) => counts))).length
  return single.map(({ outcome, bounds_ms, counts }) => {
    const summary = latency_ms[outcome]
    return {
      title: `Latency of ${spoken(outcome)}`,
      note: '',
      summary: `${count(total(counts), 'answer')}: half of them within ${ms(summary?.p50)} ms, 99 of 100 within ${ms(summary?.p99)} ms, the slowest ${ms(summary?.max)} ms.`,
      kind: 'steps',
      x,
      y: { ...linearAxis(mostOf(counts), 'count'), labelChars },
      xs: plottedBounds(bounds_ms),
      series: [{ label: spoken(outcome), colour: outcome, isFilled: true, ys: [...counts, 0] }],
      heightPx: 118,
      group,
    }
  })
}

/** Nothing is at 0 on a logarithmic axis: what begins there is drawn from half of the next bound. */
function plottedBounds(bounds: readonly number[]): number[] {
  return bounds.map((bound, index) => (bound > 0 ? bound : Math.max(leastMs, (bounds[index + 1] ?? 0) / 2)))
}

function total(counts: readonly number[]): number {
  return counts.reduce((sum, each) => sum + each, 0)
}

/** A named curve: of an outcome, or of a strategy. */
export interface Curve {
  readonly label: string
  readonly colour: string
  readonly dash?: readonly number[]
  readonly histogram: OutcomeHistogram
}

/** Percentile curves: along the axis each step to the right has ten times fewer requests to its right. */
export function percentileChart(curves: readonly Curve[], title: string, heightPx = 280): Chart | null {
  const tables = curves.map(({ histogram }) => plottedPoints(histogram))
  const all = tables.flatMap((points) => [...points.values()])
  if (all.length === 0) return null
  const xs = [...new Set(tables.flatMap((points) => [...points.keys()]))].sort((a, b) => a - b)
  return {
    title,
    note: 'How many of the requests were answered within which time; from each mark of nines to the next there are ten times fewer left.',
    summary: curves.map(said).join(' '),
    kind: 'lines',
    x: percentileAxis(xs.at(-1) ?? 0),
    y: logAxis(all, 'ms'),
    xs,
    series: curves.map(({ label, colour, dash }, index) => ({
      label,
      colour,
      dash,
      ys: xs.map((x) => tables[index]?.get(x) ?? null),
    })),
    spansGaps: true,
    heightPx,
  }
}

/** The slowest of n requests, at 100 %, would lie infinitely far to the right: it is drawn at half a request before. */
function plottedPoints({ percentiles, counts }: OutcomeHistogram): Map<number, number> {
  const size = Math.max(1, total(counts))
  const furthest = 100 * (1 - 1 / (2 * size))
  return new Map(
    percentiles.map(([percentile, value]) => [
      Number(Math.min(percentile, furthest).toFixed(7)),
      Math.max(leastMs, value),
    ]),
  )
}

function said({ label, histogram: { percentiles } }: Curve): string {
  const at = (wanted: number) => percentiles.find(([percentile]) => percentile >= wanted)?.[1]
  return `${label}: p50 ${ms(at(50))} ms, p99 ${ms(at(99))} ms, at most ${ms(percentiles.at(-1)?.[1])} ms.`
}

const marks = [0, 50, 90, 99, 99.9, 99.99, 99.999, 99.9999, 99.99999]

function percentileAxis(furthest: number): Axis {
  const max = Math.max(50, furthest)
  return { scale: 'percentile', unit: 'percentile', min: 0, max, ticks: marks.filter((mark) => mark <= max) }
}

/** Of the outcomes of one run, and of all of them together where there are several. */
export function percentilesOfRun({ histograms }: StressRun): Chart | null {
  const single = histograms.filter(({ outcome }) => outcome !== 'all')
  // All together last, to lie above the others.
  const all = histograms.filter(({ outcome }) => outcome === 'all')
  const shown = single.length > 1 ? [...single, ...all] : single
  const curves = shown.map((histogram) => ({
    label: spoken(histogram.outcome),
    colour: histogram.outcome,
    dash: histogram.outcome === 'all' ? [3, 3] : undefined,
    histogram,
  }))
  // As high as the histograms beside it.
  return percentileChart(
    curves,
    'Latency by percentile',
    Math.min(640, Math.max(260, single.length * 140 - 30)),
  )
}

/** For the table below the charts. */
export function histogramRows({ histograms }: StressRun): { bucket: string; counts: string[] }[] {
  const [first] = histograms
  const hasSameBounds = histograms.every(({ bounds_ms }) => bounds_ms.join() === first?.bounds_ms.join())
  if (first === undefined || !hasSameBounds) return []
  return first.counts.map((_, bucket) => ({
    bucket: `${ms(first.bounds_ms[bucket])} – ${ms(first.bounds_ms[bucket + 1])}`,
    counts: histograms.map(({ counts }) => number(counts[bucket] ?? 0)),
  }))
}
