import { agree, count, listed, number } from '../../../words.ts'
import type { StressDocument, StressRun } from '../document.ts'
import { type Html, html } from './markup.ts'
import { notice } from './parts.ts'

export interface Verdict {
  /** `PASSED`, or what it was instead: `FAILED`, `CROSSED`, `INTERRUPTED`, or several of them. */
  readonly word: string
  readonly mood: 'good' | 'warn' | 'bad'
  readonly sentence: string
}

/** Was the sale right, were the thresholds kept, was it cut short? */
export function verdictOf(document: StressDocument): Verdict {
  const { runs, passed, thresholds } = document
  const [run] = runs
  if (run === undefined) {
    return { word: 'INTERRUPTED', mood: 'warn', sentence: 'Nothing was measured or proved.' }
  }
  const crossed = thresholds.filter((each) => !each.passed)
  const isCut = runs.some(({ interrupted }) => interrupted)
  const words = [
    ...(isCut ? ['INTERRUPTED'] : []),
    ...(passed ? [] : ['FAILED']),
    ...(crossed.length > 0 ? ['CROSSED'] : []),
  ]
  const found = runs.length === 1 ? ofOne(run) : ofAll(document)
  const crossing = `${number(crossed.length)} of ${count(thresholds.length, 'threshold')} ${agree(crossed.length, 'was', 'were')} crossed.`
  return {
    word: words.length === 0 ? 'PASSED' : listed(words),
    mood: !passed || crossed.length > 0 ? 'bad' : isCut ? 'warn' : 'good',
    sentence: crossed.length === 0 ? found : `${found} ${crossing}`,
  }
}

function ofOne(run: StressRun): string {
  const { outcomes, stock_before, interrupted, checks } = run
  const sold = `${number(outcomes.claimed - outcomes.released)} of ${count(stock_before, 'unit')} sold`
  const failed = failedChecks(run)
  const far = interrupted ? ', as far as it went' : ''
  if (failed.length === 0) return `${sold}: none twice, none lost${far}.`
  return `${sold}; ${failed.length} of ${count(checks.length, 'check')} failed${far}: ${listed(failed)}.`
}

function ofAll({ runs, summary }: StressDocument): string {
  const failed = runs.filter(({ passed }) => !passed)
  if (failed.length === 0) return `Every check of ${count(runs.length, 'run')} passed.`
  const where = `${number(failed.length)} of ${count(runs.length, 'run')} failed checks`
  const wrong = summary.filter(({ failed_checks }) => failed_checks.length > 0)
  const names = wrong.map(
    ({ strategy, failed_checks }) => `${strategy ?? 'the server'} (${failed_checks.join(', ')})`,
  )
  return names.length === 0 ? `${where}.` : `${where}: ${names.join('; ')}.`
}

export function failedChecks({ checks }: StressRun): string[] {
  return checks.filter((check) => !check.passed).map((check) => check.name)
}

const signs = { good: '✔', warn: '⚠', bad: '✘' } satisfies Record<Verdict['mood'], string>

export function verdictBanner({ word, mood, sentence }: Verdict): Html {
  return html`<div class="verdict ${mood}"><span class="sign" aria-hidden="true">${signs[mood]}</span>
<p><strong>${word}</strong> <span>${sentence}</span></p></div>`
}

/** What a reader must know before any figure. */
export function warnings(document: StressDocument): Html[] {
  const cut = document.runs.filter(({ interrupted }) => interrupted)
  const slow = document.runs.filter(({ generator }) => generator.was_limit)
  return [
    ...cut.map((run) => notice(`${prefix(run, document)}Interrupted: ${partOf(run)}`)),
    ...slow.map((run) =>
      notice(
        `${prefix(run, document)}The load generator and not the server was the limit${reasonOf(run)}. The server may be faster than these figures.`,
      ),
    ),
  ]
}

function partOf({ requests: { sent, planned } }: StressRun): string {
  return `${number(sent)} of ${number(planned)} planned requests were sent. What had been sent was measured and proved; this is a part of a run.`
}

function reasonOf({ generator: { reason } }: StressRun): string {
  return reason === null ? '' : `: ${reason.replace(/\.$/, '')}`
}

function prefix(run: StressRun, document: StressDocument): string {
  return document.runs.length === 1 ? '' : `${runLabel(run, document)}. `
}

/** What tells a run from the others: `lock`, `run 2`, or `lock, run 2`. People count from 1. */
export function runLabel(run: StressRun, { plan, summary }: StressDocument): string {
  const repeat = `run ${run.repeat + 1}`
  if (summary.length <= 1) return repeat
  const strategy = run.strategy ?? 'server'
  return plan.repeat > 1 ? `${strategy}, ${repeat}` : strategy
}
