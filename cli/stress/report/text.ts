import type { ChalkInstance } from 'chalk'
import type { StressDocument, StressRun } from './document.ts'
import { latencyTable } from './latency-table.ts'
import { errorSet } from './text/error-set.ts'
import { generator } from './text/generator.ts'
import { heading } from './text/heading.ts'
import { histogram } from './text/histogram.ts'
import { interruption } from './text/interruption.ts'
import { proof } from './text/proof.ts'
import { comparison, runsTable, shortcomingsOfAll } from './text/several.ts'
import { thresholds } from './text/thresholds.ts'
import { timeline } from './text/timeline.ts'
import { totals } from './text/totals.ts'
import { verdict } from './text/verdict.ts'

/** The report for people, at most 80 columns wide whatever it says. Ends without a newline. */
export function renderReport(document: StressDocument, colour: ChalkInstance): string {
  const { runs } = document
  const [run] = runs
  const sections = [
    heading(document, colour),
    interruption(document, colour),
    ...(run !== undefined && runs.length === 1
      ? measures(run, document, colour)
      : [comparison(document, colour), runsTable(document, colour), shortcomingsOfAll(document, colour)]),
    errorSet(runs, colour),
    generator(document, colour),
    proof(document, colour),
    thresholds(document, colour),
    verdict(document, colour),
  ]
  return sections.filter((section) => section !== '').join('\n\n')
}

function measures(run: StressRun, { plan }: StressDocument, colour: ChalkInstance): string[] {
  return [latencyTable(run, plan, colour), totals(run, colour), histogram(run, colour), timeline(run, colour)]
}
