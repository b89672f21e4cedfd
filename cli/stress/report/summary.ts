import type { RunSummary, Spread, StressRun } from './document.ts'

/**
 * One summary for each strategy, in the order of `strategies`; what answered under another name (a server
 * that was not asked for a strategy) follows in the order of the runs.
 */
export function summariseRuns(
  runs: readonly StressRun[],
  strategies: readonly (string | null)[],
): RunSummary[] {
  const present = new Set(runs.map(({ strategy }) => strategy))
  const named = strategies.filter((strategy) => present.has(strategy))
  const groups = [...new Set([...named, ...present])].map((strategy) =>
    runs.filter((run) => run.strategy === strategy),
  )
  const base = groups[0] === undefined ? null : figuresOf(groups[0])
  return groups.map((group) => ({
    strategy: group[0]?.strategy ?? null,
    ...figuresOf(group),
    ratio: ratioOf(figuresOf(group), base),
    undersold: Math.max(...group.map(({ undersold }) => undersold)),
    oversold: Math.max(...group.map(({ oversold }) => oversold)),
    failed_checks: failedChecksOf(group),
  }))
}

type Figures = Pick<RunSummary, 'runs' | 'requests_per_s' | 'claims_per_s' | 'p50_ms' | 'p99_ms' | 'errors'>

function figuresOf(group: readonly StressRun[]): Figures {
  const whole = group.filter(({ interrupted }) => !interrupted)
  const runs = whole.length > 0 ? whole : group
  const spread = (figure: (run: StressRun) => number | undefined) => spreadOf(runs.map(figure))
  return {
    runs: runs.length,
    requests_per_s: spread(({ throughput }) => throughput.requests_per_s) ?? none,
    claims_per_s: spread(({ throughput }) => throughput.claims_per_s) ?? none,
    p50_ms: spread(({ latency_ms }) => latency_ms.all?.p50),
    p99_ms: spread(({ latency_ms }) => latency_ms.all?.p99),
    errors: spread(({ outcomes }) => outcomes.error) ?? none,
  }
}

const none: Spread = { median: 0, min: 0, max: 0 }

function spreadOf(figures: readonly (number | undefined)[]): Spread | null {
  const sorted = figures.filter((figure) => figure !== undefined).sort((one, other) => one - other)
  const [min, max] = [sorted[0], sorted.at(-1)]
  if (min === undefined || max === undefined) return null
  const middle = (sorted.length - 1) / 2
  const median = ((sorted[Math.floor(middle)] ?? min) + (sorted[Math.ceil(middle)] ?? max)) / 2
  return { median: threeDecimals(median), min, max }
}

function ratioOf(figures: Figures, base: Figures | null): RunSummary['ratio'] {
  const ratio = (of: (figures: Figures) => Spread | null) => {
    const [value, first] = [of(figures), base === null ? null : of(base)]
    if (value === null || first === null || first.median === 0) return null
    return threeDecimals(value.median / first.median)
  }
  return {
    requests_per_s: ratio(({ requests_per_s }) => requests_per_s),
    claims_per_s: ratio(({ claims_per_s }) => claims_per_s),
    p99: ratio(({ p99_ms }) => p99_ms),
  }
}

function failedChecksOf(group: readonly StressRun[]): string[] {
  const failed = group.flatMap(({ checks }) => checks.filter(({ passed }) => !passed))
  return [...new Set(failed.map(({ name }) => name))]
}

function threeDecimals(value: number): number {
  return Math.round(value * 1000) / 1000
}
