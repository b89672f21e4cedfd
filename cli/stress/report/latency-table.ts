import type { ChalkInstance } from 'chalk'
import { number } from '../../words.ts'
import { type OutcomeName, outcomeNames } from '../outcomes.ts'
import { type DocumentPlan, type LatencySummary, latencyFigures, type StressRun } from './document.ts'
import { plainTable } from './text/table.ts'

/** 15 + 11 + 8 x 6: with one space on the left of each number, 74 latencyFigures. */
const widths = [15, 11, ...latencyFigures.map(() => 6)]

/** One row an outcome, with the number of requests and their latency; in an open model the service time below it. */
export function latencyTable(run: StressRun, plan: DocumentPlan, colour: ChalkInstance): string {
  const { outcomes, latency_ms, service_ms } = run
  const titles = ['outcome', 'requests', ...latencyFigures.map((column) => column.replace('_', '.'))]
  const service = (name: OutcomeName | 'all') => {
    const summary = service_ms === null ? null : service_ms[name]
    return summary === null ? [] : [['  service', '', ...cells(summary)].map((cell) => colour.dim(cell))]
  }
  const rows = outcomeNames
    .filter((name) => outcomes[name] > 0 || canOccur[name](plan, run))
    .flatMap((name) => [[name, number(outcomes[name]), ...cells(latency_ms[name])], ...service(name)])
  const all = ['all', number(run.requests.finished), ...cells(latency_ms.all)]
  const table = [titles.map((title) => colour.bold(title)), ...rows]
  return plainTable([...table, all.map((cell) => colour.bold(cell)), ...service('all')], widths)
}

type Possibility = (plan: DocumentPlan, run: StressRun) => boolean

const fromClaims = ({ mix }: DocumentPlan) => mix.claim > 0

/** A row of zeros is worth its line only where something else could have come up. */
const canOccur = {
  claimed: fromClaims,
  sold_out: fromClaims,
  already_claimed: fromClaims,
  /** A server of a strategy that we do not know may be the original. */
  busy: (plan, { strategy }) => plan.mix.claim > 0 && (strategy === null || strategy === 'lock'),
  released: ({ mix }) => mix.release > 0,
  told: ({ mix }) => mix.eligibility > 0,
  abandoned: ({ abandon }) => abandon > 0,
  error: () => true,
} satisfies Record<OutcomeName, Possibility>

function cells(summary: LatencySummary | null): string[] {
  return latencyFigures.map((column) => (summary === null ? '-' : milliseconds(summary[column])))
}

/** At most five characters up to 100 s, so that eight of them fit: 1.234, 12.34, 123.4, 12345; then 1234s. */
export function milliseconds(value: number): string {
  if (value >= 99_999.5) return `${Math.round(value / 1000)}s`
  const decimals = value < 9.9995 ? 3 : value < 99.995 ? 2 : value < 999.95 ? 1 : 0
  return value.toFixed(decimals)
}
