import type { StressDocument } from '../document.ts'
import { comparison } from './comparison.ts'
import { type Content, html } from './markup.ts'
import { origin } from './origin.ts'
import type { ChartList, Level } from './parts.ts'
import { proofOfAll, proofOfRun, thresholdList } from './proof.ts'
import { runBody } from './run.ts'
import { severalRuns } from './runs.ts'
import { verdictBanner, verdictOf, warnings } from './verdict.ts'

export interface ReportPage {
  readonly document: StressDocument
  readonly key: string
  readonly level: Level
  readonly charts: ChartList
}

/** One report, from its verdict to the command that does it again. */
export function reportSection(page: ReportPage): Content {
  const { document, level } = page
  const [run] = document.runs
  const isSingle = document.runs.length === 1 && run !== undefined
  const proof = isSingle ? proofOfRun(run, level) : proofOfAll(document, level)
  return [
    verdictBanner(verdictOf(document)),
    warnings(document),
    html`<div class="findings">${proof}${thresholdList(document, level)}</div>`,
    isSingle ? runBody({ ...page, run }) : several(page),
    origin(document, level),
  ]
}

function several(page: ReportPage): Content {
  const { document, level, charts } = page
  if (document.runs.length === 0) return null
  const entries = document.summary.map((summary) => ({
    label: summary.strategy ?? 'server',
    summary,
    document,
  }))
  return [comparison(entries, { level, charts, title: 'Strategies side by side' }), severalRuns(page)]
}
