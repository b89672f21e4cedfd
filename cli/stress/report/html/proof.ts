import { count, listed } from '../../../words.ts'
import type { Check } from '../../proof/checks.ts'
import type { StressDocument, StressRun } from '../document.ts'
import { type Html, html } from './markup.ts'
import { heading, type Level, mark } from './parts.ts'
import { runLabel } from './verdict.ts'

const sources = {
  database: 'read from the database',
  api: 'read through the API alone',
} satisfies Record<StressRun['evidence'], string>

/** Every check of one run, with its numbers. */
export function proofOfRun(run: StressRun, level: Level): Html {
  const passed = run.checks.filter((check) => check.passed).length
  const note = `${passed} of ${count(run.checks.length, 'check')} passed, ${sources[run.evidence]} before and after the run.`
  return proofList(note, run.checks, level)
}

/** Every check over all runs: where one failed, which runs those were, and what the first of them says. */
export function proofOfAll(document: StressDocument, level: Level): Html | null {
  const { runs } = document
  if (runs.length < 2) return null
  const names = [...new Set(runs.flatMap(({ checks }) => checks.map(({ name }) => name)))]
  const checks = names.map((name) => overall(name, document))
  const evidence = listed([...new Set(runs.map((run) => sources[run.evidence]))])
  return proofList(`Over ${count(runs.length, 'run')}, ${evidence}.`, checks, level)
}

function overall(name: Check['name'], document: StressDocument): Check {
  const { runs } = document
  const failed = runs.flatMap((run) => {
    const check = run.checks.find((each) => each.name === name && !each.passed)
    return check === undefined ? [] : [{ label: runLabel(run, document), detail: check.detail }]
  })
  const [first] = failed
  if (first === undefined)
    return { name, passed: true, detail: `Passed in all ${count(runs.length, 'run')}.` }
  const labels = failed.map(({ label }) => label).join('; ')
  const detail = `Failed in ${failed.length} of ${count(runs.length, 'run')} (${labels}). ${first.label}: ${first.detail}`
  return { name, passed: false, detail }
}

function proofList(note: string, checks: readonly Check[], level: Level): Html {
  return html`<section class="card">${heading(level, 'Proof')}<p class="muted">${note}</p>
<ul class="proof">
${checks.map(({ name, passed, detail }) => html`<li>${mark(passed)} <code>${name}</code> <span class="isolate">${detail}</span></li>\n`)}</ul></section>`
}

export function thresholdList({ thresholds, summary }: StressDocument, level: Level): Html | null {
  if (thresholds.length === 0) return null
  const kept = thresholds.filter(({ passed }) => passed).length
  const of = (strategy: string | null) => (summary.length > 1 && strategy !== null ? ` (${strategy})` : '')
  return html`<section class="card">${heading(level, 'Thresholds')}<p class="muted">${kept} of ${count(thresholds.length, 'threshold')} kept.</p>
<ul class="proof">
${thresholds.map(
  ({ expression, passed, detail, strategy }) =>
    html`<li>${mark(passed, ['kept', 'crossed'])} <code>${expression}${of(strategy)}</code> <span class="isolate">${detail}</span></li>\n`,
)}</ul></section>`
}
