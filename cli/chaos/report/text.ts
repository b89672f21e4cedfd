import type { ChalkInstance } from 'chalk'
import { mark } from '../../stress/report/text/proof.ts'
import { plainTable } from '../../stress/report/text/table.ts'
import { displayWidth, wrap } from '../../stress/report/wrap.ts'
import { count, listed, number } from '../../words.ts'
import type { ChaosCheck, ChaosDocument, FaultFigures } from './document.ts'

/** The report for people, at most 80 columns wide. Ends without a newline. */
export function renderChaos(document: ChaosDocument, colour: ChalkInstance): string {
  const sections = [
    heading(document, colour),
    faults(document, colour),
    leftOut(document),
    answers(document, colour),
    checks(document, colour),
    machine(document, colour),
    verdict(document, colour),
  ]
  return sections.filter((section) => section !== '').join('\n\n')
}

function heading({ plan, environment, duration_s, load }: ChaosDocument, colour: ChalkInstance): string {
  const servers = plan.servers.map(({ name, strategy, workers }) => {
    return `${name} ${strategy}${workers > 1 ? `, ${workers} workers` : ''}`
  })
  const machine = [`Postgres ${environment.postgres ?? 'unknown'}`, `Redis ${environment.redis ?? 'none'}`]
  return [
    ...wrap(`chaos for ${number(plan.minutes)} min, seed ${plan.seed}`).map((line) => colour.bold(line)),
    ...wrap(`${servers.join(' · ')} · context.timeout ${plan.context_timeout_ms / 1000} s`).map((line) =>
      colour.dim(line),
    ),
    ...wrap(`${machine.join(' · ')} · Node ${environment.node} · ${environment.cpus} cores`).map((line) =>
      colour.dim(line),
    ),
    ...wrap(
      `${count(load.operations, 'operation')} in ${count(load.attempts, 'request')} for ${count(load.coupons, 'coupon')} in ${number(Math.round(duration_s))} s`,
    ).map((line) => colour.dim(line)),
  ].join('\n')
}

const columns = ['fault', 'times', 'back p50', 'max', 'decided', '503', 'cut', 'broken'] as const
const widths = [23, 7, 10, 9, 9, 8, 7, 7]

function faults({ faults }: ChaosDocument, colour: ChalkInstance): string {
  const rows = faults.map((figures) => rowOf(figures))
  const [head = '', ...lines] = plainTable([columns.slice(), ...rows], widths).split('\n')
  const painted = lines.map((line, index) => ((faults[index]?.violations ?? 0) > 0 ? colour.red(line) : line))
  const title = colour.bold('Faults, and what clients heard of the servers that felt them')
  const note =
    'back: from the heal until each of them has decided a claim again. cut: no answer at all. broken: promises.'
  return [title, colour.dim(head), ...painted, ...wrap(note).map((line) => colour.dim(line))].join('\n')
}

function rowOf({ fault, injected, recovery_ms, not_recovered, answers, violations }: FaultFigures): string[] {
  const all = Object.values(answers).reduce((sum, each) => sum + each, 0)
  const unavailable = sumOf(answers, unavailableKinds)
  const cut = sumOf(answers, cutKinds)
  const never = not_recovered > 0 ? 'never' : null
  return [
    fault,
    number(injected),
    recovery_ms === null ? '-' : duration(recovery_ms.p50),
    never ?? (recovery_ms === null ? '-' : duration(recovery_ms.max)),
    number(all - unavailable - cut),
    number(unavailable),
    number(cut),
    number(violations),
  ]
}

/** `12 ms`, `1.24 s`. */
function duration(ms: number): string {
  return ms < 999.5 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(2)} s`
}

/** The problems with status 503, and what an attempt without an answer is called. */
const unavailableKinds = ['unavailable', 'outcome_unknown', 'overloaded']
const cutKinds = ['connection_failed', 'answer_lost', 'timeout', 'under_way']

function sumOf(answers: Readonly<Record<string, number>>, kinds: readonly string[]): number {
  return kinds.reduce((sum, kind) => sum + (answers[kind] ?? 0), 0)
}

function leftOut({ left_out }: ChaosDocument): string {
  return left_out.flatMap(({ fault, why }) => wrap(`Left out: ${fault}: ${why}`, '  ', '')).join('\n')
}

/** Every kind of answer, the most frequent first. */
function answers({ load }: ChaosDocument, colour: ChalkInstance): string {
  const kinds = Object.entries(load.answers).sort((one, other) => other[1] - one[1])
  const words = kinds.map(([kind, times]) => `${kind} ${number(times)}`)
  return [colour.bold('All answers'), ...wrap(words.join(' · '), '  ')].join('\n')
}

function checks({ checks }: ChaosDocument, colour: ChalkInstance): string {
  const width = Math.max(...checks.map(({ name }) => displayWidth(name))) + 2
  return [
    colour.bold('Promises, held against the history and the database'),
    ...checks.flatMap((check) => linesOf(check, width, colour)),
  ].join('\n')
}

function linesOf({ name, promise, violations, examples }: ChaosCheck, width: number, colour: ChalkInstance) {
  const passed = violations === 0
  const [first = '', ...rest] = wrap(promise, ' '.repeat(4 + width))
  const title = passed ? name.padEnd(width) : colour.red(name.padEnd(width))
  const more = violations - examples.length
  return [
    `  ${mark(passed, colour)} ${title}${first.trimStart()}`,
    ...rest,
    ...examples.flatMap((example) => wrap(example, '        ', '      - ').map((line) => colour.red(line))),
    ...(more > 0 ? [colour.red(`      and ${number(more)} more; --json tells them`)] : []),
  ]
}

/** Nothing when the machine had time for everything. */
function machine({ machine, passed }: ChaosDocument, colour: ChalkInstance): string {
  const { stalls, stalled_ms, longest_stall_ms, unjudged_probes } = machine
  if (stalls === 0) return ''
  const stood = `This machine was busy at times: our own process stood still ${count(stalls, 'time')}, for ${duration(stalled_ms)} in all and ${duration(longest_stall_ms)} at once.`
  const unjudged =
    unjudged_probes === 0
      ? 'That time is not counted against any answer.'
      : `That time is not counted against any answer, and ${count(unjudged_probes, 'answer')} of readiness in it or right after it could not be judged: repeat the run on a quiet machine.`
  const late = passed
    ? []
    : ['What is late may still be its doing; whether stock and claims are right does not hang on it.']
  return wrap([stood, unjudged, ...late].join(' '))
    .map((line) => colour.yellow(line))
    .join('\n')
}

function verdict(document: ChaosDocument, colour: ChalkInstance): string {
  const { totals, passed, interrupted } = document
  const found = `${count(totals.faults, 'fault')}, ${count(totals.violations, 'violation')}, ${number(totals.lost)} lost, ${number(totals.hung)} hung.`
  const broken = document.checks.filter(({ violations }) => violations > 0).map(({ name }) => name)
  const which = broken.length === 0 ? '' : ` Broken: ${listed(broken)}.`
  const word = `${interrupted ? 'INTERRUPTED: ' : ''}${passed ? 'PASSED' : 'FAILED'}`
  const paint = !passed ? colour.red.bold : interrupted ? colour.yellow.bold : colour.green.bold
  return wrap(`${word}: ${found}${which}`)
    .map((line) => paint(line))
    .join('\n')
}
