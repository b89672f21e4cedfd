import { number } from '../words.ts'
import type { Expectation, Metric } from './expectations.ts'
import type { StressRun, ThresholdResult } from './report/document.ts'

/** Every expectation on every strategy; of several runs of a strategy, the median counts. */
export function judge(expectations: readonly Expectation[], runs: readonly StressRun[]): ThresholdResult[] {
  const strategies = [...new Set(runs.map(({ strategy }) => strategy))]
  return expectations.flatMap((expectation) =>
    strategies.map((strategy) => {
      const own = runs.filter((run) => run.strategy === strategy)
      const name =
        strategies.length > 1 ? `${expectation.expression}, ${strategy ?? 'server'}` : expectation.expression
      return judgeOne(expectation, own, name)
    }),
  )
}

function judgeOne(expectation: Expectation, runs: readonly StressRun[], name: string): ThresholdResult {
  const { expression, metric, limit } = expectation
  // A run that was cut short speaks only where there is no whole one.
  const whole = runs.filter(({ interrupted }) => !interrupted)
  const figures = (whole.length > 0 ? whole : runs)
    .map((run) => figureOf(metric, run))
    .filter((figure) => figure !== null)
  const actual = medianOf(figures)
  const unit = unitOf(metric)
  return {
    expression,
    strategy: runs[0]?.strategy ?? null,
    actual,
    limit,
    unit,
    passed: actual !== null && holds(expectation, actual),
    detail: `${name}: ${actual === null ? nothing(metric) : verdict(expectation, { actual, unit, runs: figures.length })}`,
  }
}

/** In the unit of the limit; null where nothing was measured. */
function figureOf(metric: Metric, run: StressRun): number | null {
  switch (metric.kind) {
    case 'latency':
      return run.latency_ms[metric.outcome]?.[metric.figure] ?? null
    case 'rate':
      return run.requests.finished === 0 ? null : run.throughput[metric.of]
    case 'outcome': {
      const { finished } = run.requests
      const count = run.outcomes[metric.outcome]
      if (metric.as === 'count') return count
      return finished === 0 ? null : count / finished
    }
  }
}

type Unit = ThresholdResult['unit']

function unitOf(metric: Metric): Unit {
  if (metric.kind === 'latency') return 'ms'
  return metric.kind === 'rate' ? 'per_s' : metric.as
}

function medianOf(figures: readonly number[]): number | null {
  const sorted = figures.toSorted((one, other) => one - other)
  const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]]
  return low === undefined || high === undefined ? null : (low + high) / 2
}

function holds({ comparison, limit }: Expectation, actual: number): boolean {
  switch (comparison) {
    case '<':
      return actual < limit
    case '<=':
      return actual <= limit
    case '>':
      return actual > limit
    case '>=':
      return actual >= limit
  }
}

function nothing(metric: Metric): string {
  const what =
    metric.kind === 'latency' && metric.outcome !== 'all'
      ? `no request ended as ${metric.outcome}`
      : 'no request was answered'
  return `nothing was measured, for ${what}`
}

/** `61.3 ms, 11.3 ms (22.6 %) too much`. */
function verdict(
  expectation: Expectation,
  { actual, unit, runs }: { actual: number; unit: Unit; runs: number },
): string {
  const { limit, comparison } = expectation
  const median = runs > 1 ? `, the median of ${number(runs)} runs` : ''
  const gap = Math.abs(actual - limit)
  if (gap === 0) return `${inUnit(actual, unit)}${median}, exactly the limit`
  const share = limit === 0 ? '' : ` (${figure((gap / limit) * 100)} %)`
  const way = holds(expectation, actual) ? 'to spare' : comparison.startsWith('<') ? 'too much' : 'too little'
  return `${inUnit(actual, unit)}${median}, ${gapInUnit(gap, unit)}${share} ${way}`
}

function inUnit(value: number, unit: Unit): string {
  if (unit === 'share') return `${figure(value * 100)} %`
  return `${figure(value)}${unit === 'ms' ? ' ms' : unit === 'per_s' ? '/s' : ''}`
}

/** What lies between two shares is no share: from 1 % to 3 % are 2 points. */
function gapInUnit(gap: number, unit: Unit): string {
  return unit === 'share' ? `${figure(gap * 100)} points` : inUnit(gap, unit)
}

/** Three significant digits, or all of a larger number's whole part; never 0 for what is not. */
function figure(value: number): string {
  return value >= 100 ? number(Math.round(value * 10) / 10) : String(Number(value.toPrecision(3)))
}
