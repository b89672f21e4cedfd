import type { ChalkInstance } from 'chalk'
import { number } from '../../words.ts'
import type { StressDocument, StressRun } from './document.ts'
import { latencyTable } from './latency-table.ts'
import { errorSet } from './text/error-set.ts'
import { generator } from './text/generator.ts'
import { heading } from './text/heading.ts'
import { histogram } from './text/histogram.ts'
import { proof } from './text/proof.ts'
import { comparison, runsTable } from './text/several.ts'
import { thresholds } from './text/thresholds.ts'
import { timeline } from './text/timeline.ts'
import { totals } from './text/totals.ts'
import { verdict } from './text/verdict.ts'
import { wrap } from './wrap.ts'

/** The report for people, at most 80 columns wide whatever it says. Ends without a newline. */
export function renderReport(document: StressDocument, colour: ChalkInstance): string {
  const { runs } = document
  const [run] = runs
  const sections = [
    heading(document, colour),
    ...runs.filter(({ interrupted }) => interrupted && runs.length === 1).map((cut) => notice(cut, colour)),
    ...(run !== undefined && runs.length === 1
      ? measures(run, document, colour)
      : [comparison(document, colour), runsTable(document, colour)]),
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

function notice({ requests }: StressRun, colour: ChalkInstance): string {
  const text = `INTERRUPTED: ${number(requests.sent)} of ${number(requests.planned)} planned requests were sent. This is a part of a run.`
  return wrap(text)
    .map((line) => colour.yellow.bold(line))
    .join('\n')
}
